"""Which test runner a check's command plainly is."""

from __future__ import annotations

import re
import shlex
from enum import StrEnum


class Runner(StrEnum):
    PYTEST = "pytest"
    UNITTEST = "unittest"
    NODE = "node --test"
    JEST = "jest"
    VITEST = "vitest"
    MOCHA = "mocha"
    GO = "go test"
    CARGO = "cargo test"
    MAVEN = "maven"
    GRADLE = "gradle"
    RSPEC = "rspec"
    PHPUNIT = "phpunit"
    TSC = "tsc"
    MYPY = "mypy"
    RUFF = "ruff"
    ESLINT = "eslint"
    GENERIC = "generic"
    """A command that may run anything: only its exit status is sure."""


_WRAPPERS = (
    ("uv", "run"),
    ("poetry", "run"),
    ("pdm", "run"),
    ("hatch", "run"),
    ("pipenv", "run"),
    ("pnpm", "exec"),
    ("bundle", "exec"),
    ("npx",),
    ("bunx",),
    ("yarn",),
    ("pnpm",),
)
_BY_NAME = {
    "pytest": Runner.PYTEST,
    "py.test": Runner.PYTEST,
    "jest": Runner.JEST,
    "vitest": Runner.VITEST,
    "mocha": Runner.MOCHA,
    "mvn": Runner.MAVEN,
    "mvnw": Runner.MAVEN,
    "gradle": Runner.GRADLE,
    "gradlew": Runner.GRADLE,
    "rspec": Runner.RSPEC,
    "phpunit": Runner.PHPUNIT,
    "tsc": Runner.TSC,
    "mypy": Runner.MYPY,
    "ruff": Runner.RUFF,
    "eslint": Runner.ESLINT,
}
_MODULES = {
    "pytest": Runner.PYTEST,
    "unittest": Runner.UNITTEST,
    "mypy": Runner.MYPY,
    "ruff": Runner.RUFF,
}
_SUBCOMMANDS = {("go", "test"): Runner.GO, ("cargo", "test"): Runner.CARGO}
_OPERATOR = re.compile(r"[;&|<>()]+")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_PYTHON = re.compile(r"python(\d+(\.\d+)*)?")


def plain_words(command: str) -> tuple[str, ...]:
    """The words of a command that is one program and its arguments; () where it is more."""
    if any(character in command for character in "$`\n\0"):
        return ()
    lexer = shlex.shlex(command, posix=True, punctuation_chars=";&|<>()")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = tuple(lexer)
    except ValueError:
        return ()
    if any(_OPERATOR.fullmatch(word) or word.startswith("#") for word in words):
        return ()
    return words


def runner_of(command: str) -> Runner:
    """The runner that ``command`` plainly starts, GENERIC where it is not plain.

    A command that ends its options (``--``) is not plain: nothing can be asked of it.
    """
    words = _program(plain_words(command))
    if not words or "--" in words:
        return Runner.GENERIC
    name = words[0].rpartition("/")[2]
    if found := _BY_NAME.get(name) or _SUBCOMMANDS.get((name, "".join(words[1:2]))):
        return found
    if name == "node" and "--test" in words[1:]:
        return Runner.NODE
    return _python_module(name, words[1:])


def _program(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words from the program on, without assignments and without what only starts it."""
    while words and _ASSIGNMENT.fullmatch(words[0]):
        words = words[1:]
    for wrapper in _WRAPPERS:
        if words[: len(wrapper)] == wrapper:
            return words[len(wrapper) :]
    return words


def _python_module(name: str, words: tuple[str, ...]) -> Runner:
    if not _PYTHON.fullmatch(name) or "-m" not in words:
        return Runner.GENERIC
    place = words.index("-m")
    if not all(word.startswith("-") for word in words[:place]) or len(words) == place + 1:
        return Runner.GENERIC
    return _MODULES.get(words[place + 1], Runner.GENERIC)
