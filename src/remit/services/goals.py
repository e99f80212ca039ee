"""What the words of a goal tell about the files it means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PATH = re.compile(r"(?<![\w/])[\w.-]+(?:/[\w.-]+)+/?|\b[\w-]+\.[a-z]{1,5}\b")
_COMMON_WORDS = (
    "the and for with that this from into onto when where which while not but all any its our "
    "are was has have does did can should must will use using make makes add adds added new "
    "fix fixes fixed failing fails failed fail bug bugs broken break error errors issue issues "
    "test tests testing spec specs unit suite case cases run runs code file files function "
    "class method module package please keep change changes update updates implement support "
    "src lib app main index init core utils helper helpers common data text some same instead "
    "after before only also without because returns return wrong crash crashes repair "
    "correct remove rename move write create handle allow let get set one two more less"
)
_COMMON = frozenset(_COMMON_WORDS.split())
_MOST_MATCHES = 12
_FEW_FILES = 4
"""Among so few, a word that names them all still says something."""
TEST_NAME = re.compile(
    r"(^|/)(test_[^/]*|[^/]*_test|[^/]*_spec|[^/]*\.(test|spec)|[^/]*Tests?)\.\w+$"
)
_TEST_FOLDER = re.compile(r"(^|/)(tests?|specs?|__tests__)/")


@dataclass(frozen=True, slots=True)
class Match:
    """Files a word of the goal names, and the narrow patterns that cover them."""

    word: str
    files: tuple[str, ...]
    patterns: tuple[str, ...]


def is_test(path: str) -> bool:
    """Whether ``path`` holds tests, by the names that test runners look for."""
    return bool(TEST_NAME.search(path) or _TEST_FOLDER.search(path))


def named_files(goal: str, files: Sequence[str]) -> tuple[Match, ...]:
    """What the goal names: written paths first, else files called like one of its words."""
    written = _written_paths(goal, files)
    if written:
        return written
    matches = []
    for word in _words(goal):
        named = tuple(path for path in files if _is_called(path, word))
        if 0 < len(named) <= _MOST_MATCHES and len(named) < max(len(files), _FEW_FILES + 1):
            matches.append(Match(word, named, _patterns(word, named)))
    return tuple(matches)


def _written_paths(goal: str, files: Sequence[str]) -> tuple[Match, ...]:
    matches = []
    for written in dict.fromkeys(_PATH.findall(goal)):
        path = written.rstrip("/.")
        inside = tuple(file for file in files if file.startswith(path + "/"))
        exact = tuple(file for file in files if file == path or file.endswith("/" + path))
        if inside:
            matches.append(Match(path, inside, (f"{path}/**",)))
        elif exact:
            matches.append(Match(path, exact, exact))
    return tuple(matches)


def _words(goal: str) -> tuple[str, ...]:
    words = [word.lower() for word in _WORD.findall(goal)]
    kept = [word for word in words if len(word) > 2 and word not in _COMMON]
    return tuple(dict.fromkeys(kept))


def _is_called(path: str, word: str) -> bool:
    """Whether the file's own name, or a folder's, holds ``word`` as one of its parts."""
    parts = {part.lower() for part in _CAMEL.findall(PurePosixPath(path).name.split(".")[0])}
    folders = {folder.lower() for folder in PurePosixPath(path).parent.parts}
    stems = {word, word.removesuffix("s"), word.removesuffix("ing"), word + "s"}
    return bool(stems & parts or stems & folders)


def _patterns(word: str, files: Sequence[str]) -> tuple[str, ...]:
    patterns = [_pattern(word, PurePosixPath(path)) for path in files]
    return tuple(dict.fromkeys(patterns))


def _pattern(word: str, path: PurePosixPath) -> str:
    stem = path.name.split(".")[0]
    folder = str(path.parent)
    for depth, part in enumerate(path.parent.parts):
        if part.lower() in {word, word + "s", word.removesuffix("s")}:
            return "/".join(path.parts[: depth + 1]) + "/**"
    return f"{stem}*" if folder == "." else f"{folder}/{stem}*"
