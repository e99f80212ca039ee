"""One escape per sink for text that is not ours.

Every function takes ``Untrusted`` or ``str`` and returns text that its sink shows and does
nothing else with: no markup, no terminal control, no mention, no command to a CI runner.
What cannot be seen is made visible first: controls as their Unicode picture (``␛``), other
invisible or reordering characters as ``<U+202E>``, bytes that were not UTF-8 as ``\\xff``.
"""

from __future__ import annotations

import re
import unicodedata

from remit.model.untrusted import Untrusted, well_formed

MAX_MARKS = 4
"""Combining marks shown on one character; real scripts stay below, a flood does not."""

_INVISIBLE = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f\u17b4\u17b5")
_PLAIN_SPACES = frozenset(" \u00a0\u3000")
_MARK_CATEGORIES = ("Mn", "Me")


class _Pictures(dict[int, str]):
    """Code point -> what stands for it; filled on first use, bounded by the basic plane."""

    def __missing__(self, code: int) -> str:
        shown = _picture(chr(code))
        if code < 0x10000:
            self[code] = shown
        return shown


def _picture(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    selector = 0xFE00 <= code <= 0xFE0E or 0xE0100 <= code <= 0xE01EF
    shown = character.isprintable() or character in _PLAIN_SPACES
    if shown and character not in _INVISIBLE and not selector:
        return character
    return f"<U+{code:04X}>"


_LINE = _Pictures()
_BLOCK = _Pictures({0x0A: "\n", 0x09: "\t"})


def _raw(text: Untrusted | str) -> str:
    return text.text if isinstance(text, Untrusted) else text


def _visible(text: Untrusted | str, pictures: _Pictures) -> str:
    raw = _raw(text)
    if raw.isascii() and raw.isprintable():
        return raw
    return _thin_marks(well_formed(raw).translate(pictures))


def _thin_marks(text: str) -> str:
    """Cut floods of combining marks, which paint over the lines around them."""
    if text.isascii():
        return text
    kept: list[str] = []
    run = 0
    for character in text:
        is_mark = unicodedata.category(character) in _MARK_CATEGORIES
        if not is_mark and run > MAX_MARKS:
            kept.append(f"<+{run - MAX_MARKS} marks>")
        run = run + 1 if is_mark else 0
        if run <= MAX_MARKS:
            kept.append(character)
    if run > MAX_MARKS:
        kept.append(f"<+{run - MAX_MARKS} marks>")
    return "".join(kept)


def line_of(text: Untrusted | str) -> str:
    """One line with everything visible; not yet safe for any sink that reads marks."""
    return _visible(text, _LINE)


def block_of(text: Untrusted | str) -> str:
    """The same for several lines: line ends and tabs stay."""
    return _visible(text, _BLOCK)


def terminal(text: Untrusted | str) -> str:
    """One line for a terminal: nothing in it moves the cursor, colours, retitles or reorders."""
    return _visible(text, _LINE)


def terminal_block(text: Untrusted | str) -> str:
    """Several lines for a terminal; only the line feed stays of the controls."""
    return _visible(_raw(text).replace("\t", "    "), _BLOCK)


_RUNNER_COMMAND = re.compile(r"##(?=\w*\[)|::|section_(?=start:|end:)", re.IGNORECASE)


def ci_log(text: Untrusted | str) -> str:
    """One line for a CI log: no workflow command of GitHub, Azure, TeamCity or GitLab."""
    return _RUNNER_COMMAND.sub(lambda m: f"{m[0][0]} {m[0][1:]}", _visible(text, _LINE))


def json_text(text: Untrusted | str) -> str:
    """Text for a JSON string: no lone surrogate, which no other reader accepts."""
    return well_formed(_raw(text))


def csv_cell(text: Untrusted | str) -> str:
    """One cell for a spreadsheet, which would compute what begins like a formula."""
    shown = _visible(text, _LINE)
    return f"'{shown}" if shown.lstrip()[:1] in ("=", "+", "-", "@") and shown.strip() else shown


_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


def filename(text: Untrusted | str) -> str:
    """A portable file name of at most 100 characters: never hidden, an option, or a path."""
    return _UNFIT.sub("_", _raw(text))[:100].strip("._-") or "unnamed"
