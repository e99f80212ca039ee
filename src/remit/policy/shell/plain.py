"""One command of plain and quoted words, as most are: read at once, without the grammar.

What it reads it reads as the grammar would; anything else it leaves to it.
"""

from __future__ import annotations

import re

from remit.policy.shell.syntax import Chain, Literal, Pipeline, Script, Simple, Word
from remit.policy.wordlist import words

LONGEST = 2_000
_LINE = re.compile(
    r"[A-Za-z0-9_./@%:-][A-Za-z0-9_./@%:+-]*+"
    r"(?: ++(?:[A-Za-z0-9_./@%:+,=*?~^{}\[\]!-]++|'[^'\n]*+'|\"[^\"$`\\\n]*+\")(?= |\Z))*+"
)
_WORD = re.compile(r"([^ '\"]+)|'([^']*)'|\"([^\"]*)\"")
_KEYWORDS = words(
    "if then else elif fi for while until do done case esac function select coproc time in"
)


def plain_script(text: str) -> Script | None:
    """The script of ``text``, None where it is more than one command of such words."""
    if len(text) > LONGEST or _LINE.fullmatch(text) is None:
        return None
    found = _WORD.findall(text)
    if found[0][0] in _KEYWORDS:
        return None
    parts = []
    for plain, single, double in found:
        if plain:
            parts.append(Word((Literal(plain, False),)))
        elif double:
            parts.append(Word((Literal("", True), Literal(double, True))))
        elif single:
            parts.append(Word((Literal(single, True),)))
        else:
            return None  # an empty text: which quotes it had is lost here
    return Script((Chain((Pipeline((Simple((), tuple(parts), ()),)),), (), False),))
