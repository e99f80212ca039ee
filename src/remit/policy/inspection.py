"""Which files a call shows the agent. Pure; an approximation that errs towards counting.

* A file that a call names and reads counts, whatever program reads it, unless that program is known
  to show names, sizes or states alone.
* A search through a folder counts the files that its result names, once that was seen.
* A listing of names counts none. Nor does what no effect of a call tells of: what a test run
  prints, a search in the background, a diff of everything.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import islice

from remit.model.json import Json
from remit.model.request import Effect, EffectKind, ToolCall
from remit.policy.kernel_refusals import texts_of
from remit.policy.wordlist import words

_SHELLS = frozenset({"Bash", "Monitor"})
_NAMES_ONLY = words(
    "ls find stat test [ mv cp rm ln chmod chown touch mkdir rmdir cd pushd popd basename dirname "
    "realpath readlink du tree wc file cksum md5sum sha1sum sha256sum sha512sum truncate"
)
_SEARCHERS = words("grep egrep fgrep rg ag ack")
_SEARCHER = re.compile(r"grep|\b(?:rg|ag|ack)\b")
_LISTERS = frozenset({"LS", "Glob"})
_ONLY_NAMES = re.compile(
    r"-[A-Za-z]*[lLcq][A-Za-z]*|--(?:files-with(?:out)?-match(?:es)?|count|quiet)"
)
_WITH_VALUE = re.compile(
    r"-[A-Za-z]*[efmABCDd].*|--(?:regexp|file|max-count|context|after|before).*"
)
_LINE = re.compile(r"(?m)^([^:\n\0]{1,4096}):")
MOST_TEXT = 256 * 1024
"""Characters of a result that are looked at."""
MOST_NAMES = 1000


def shown(call: ToolCall, effects: tuple[Effect, ...]) -> tuple[str, ...]:
    """The targets among ``effects`` whose content ``call`` may show, where they are files; each
    once. One with wildcards stands for what it matches."""
    if call.tool in _LISTERS:
        return ()
    if call.tool == "Grep":
        path = call.input.get("path")
        return (path,) if _shows_lines(call) and isinstance(path, str) and path else ()
    reads = (effect for effect in effects if effect.kind is EffectKind.READ)
    found = (x.target for x in reads if call.tool not in _SHELLS or _shows(x.via))
    return tuple(dict.fromkeys(found))


def may_search(call: ToolCall) -> bool:
    """Whether it is worth while to ask for the effects of ``call``, to tell if it searches."""
    command = call.input.get("command")
    return call.tool == "Grep" or (isinstance(command, str) and bool(_SEARCHER.search(command)))


def searches(call: ToolCall, effects: tuple[Effect, ...]) -> bool:
    """Whether the result of ``call`` names files beside lines of them."""
    if call.tool == "Grep":
        return _shows_lines(call)
    return call.tool in _SHELLS and any(_searches(effect.via) for effect in effects)


def named_in(result: Json) -> Iterator[str]:
    """What stands before the first colon of each line of a result, each once, the first
    :data:`MOST_NAMES`: paths, where it is that of a search."""
    text = "\n".join(texts_of(result))[:MOST_TEXT]
    seen = dict.fromkeys(found[1] for found in _LINE.finditer(text))
    return islice(seen, MOST_NAMES)


def _shows_lines(call: ToolCall) -> bool:
    return call.input.get("output_mode") == "content"


def _shows(command: str) -> bool:
    program, *arguments = command.split() or [""]
    name = posixpath.basename(program.strip("'\""))
    if "/dev/" in command:
        return True  # a copy to a device is shown
    if name in _SEARCHERS:
        return not _only_names(arguments)
    return name not in _NAMES_ONLY


def _only_names(arguments: list[str]) -> bool:
    """Whether a search says which files match and no more. An option that takes a value could
    make another one part of its pattern."""
    if any(_WITH_VALUE.fullmatch(word) for word in arguments):
        return False
    return any(_ONLY_NAMES.fullmatch(word) for word in arguments)


def _searches(command: str) -> bool:
    first = command.split(maxsplit=2)[:2] or [""]
    return posixpath.basename(first[0]) in _SEARCHERS or first == ["git", "grep"]
