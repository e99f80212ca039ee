"""A command line as a test runner would see it, whichever way it was spelled.

``.venv/bin/python3 -B -m pytest -q``, ``poetry run pytest -q`` and ``CI=1 py.test -q`` are one run.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from remit.policy.shell.environment import steers
from remit.policy.wordlist import words

SCRIPT = "script"
"""Stands before the path of a file that a shell or its own first line runs."""
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_ENVIRONMENTS = re.compile(r"(?:\./)?(?:\.?venv|env|\.env)/bin/|(?:\./)?node_modules/\.bin/")
_SYSTEM = re.compile(r"/(?:usr/(?:local/)?)?bin/")
_PYTHON = re.compile(r"(?:python|pypy)(?:\d[\d.]*)?")
_PLAIN_PYTHON = words("-B -u -q -s -E -I -P -O -OO -b -bb")
_PYTHON_VALUED = {
    "-X": re.compile(r"dev|utf8(?:=[01])?|faulthandler|importtime|tracemalloc(?:=\d+)?"),
    "-W": re.compile(r"(?:ignore|default|error|always|module|once)(?:::[A-Z]\w*)?"),
}
_SHELL_OPTION = re.compile(r"-[exuvo]+")
_PYTHON_NAMES = {"py.test": "pytest", "pytest-3": "pytest", "nose2": "nose2"}
_MODULES = words("pytest unittest coverage mypy pyright pylint tox nox")
_TEST_SCRIPT = re.compile(r"test(?:[:_-][\w:.-]+)?|t|tst|lint|typecheck|type-check|types")
_SCRIPT_FLAGS = words("-s --silent --color --no-color --no-progress --prefer-offline")
_NODE_TOOLS = words("vitest jest mocha ava jasmine tsc vue-tsc eslint prettier")
_STARTED = {"npx": (), "bunx": (), "pnpm": ("exec",), "yarn": ("exec", "run"), "npm": ("exec",)}
_COVERAGE_VALUED = words("--source --omit --include --concurrency --context")
_COVERAGE_FREE = words("--branch -p --parallel-mode -a --append -L --pylib --timid")
_QUIET_UV = words("-q --quiet --no-progress --frozen --locked --offline --no-sync")
_ENVIRONMENT_RUNNERS = words("uv poetry pipenv pdm rye hatch")


class Spelled(NamedTuple):
    """``variables`` set for this command alone; ``through`` the environment manager it is run by,
    ``""`` for none; ``argv`` the program and its arguments in one spelling."""

    variables: tuple[tuple[str, str], ...]
    through: str
    argv: tuple[str, ...]


_QUOTES = re.compile(r"[\\'\"]")
_LEADING = re.compile(r"([A-Za-z_]\w*)=((?:'[^']*'|\"[^\"]*\"|[^\s'\"])*) ")


@lru_cache(maxsize=1024)
def bare(line: str) -> str:
    """``line`` without the variables it sets for its command."""
    while match := _LEADING.match(line):
        line = line[match.end() :]
    return line


_GIT_VALUED = words(
    "-C -c --git-dir --work-tree --namespace --exec-path --config-env --attr-source --super-prefix"
)
MOST_LISTED = 60
"""Words of an item; each spelling goes no further, so that many options cost no more than few."""


@lru_cache(maxsize=1024)
def plainly(line: str) -> tuple[str, ...]:
    """``line`` as people list it: no variables, no folder before its program, and no options
    between that and its first word. Which of them take a value is known of git alone: of others
    there is one for each word that may be the first."""
    program, _, rest = bare(line).partition(" ")
    name = program.rpartition("/")[2] if "'" not in program else program
    if name.startswith("git-"):
        name, rest = "git", f"{name[4:]} {rest}".strip()
    if not rest.startswith("-"):
        return (f"{name} {rest}" if rest else name,)
    try:
        found = shlex.split(rest)
    except ValueError:
        return (f"{name} {rest}",)
    quoted = [shlex.quote(word) for word in found]
    firsts = _first_words(found, _GIT_VALUED if name == "git" else None)
    return tuple(" ".join((name, *quoted[at : at + MOST_LISTED])) for at in firsts)


def _first_words(found: list[str], valued: frozenset[str] | None) -> Iterator[int]:
    """Where what follows the options may begin: after an option, or after its value."""
    at = 0
    while at < len(found) and found[at].startswith("-"):
        if valued is not None:
            at += found[at] in valued
        elif found[at + 1 : at + 2] and not found[at + 1].startswith("-"):
            yield at + 1
            at += 1
        at += 1
    yield at


@lru_cache(maxsize=1024)
def calm(line: str) -> str:
    """``line`` without the leading variables that steer no program."""
    while (match := _LEADING.match(line)) and not steers(match[1], match[0][:-1]):
        line = line[match.end() :]
    return line


@lru_cache(maxsize=1024)
def spelled(line: str) -> Spelled | None:
    """``line`` taken apart, or None where no runner could be behind it."""
    try:
        found = shlex.split(line) if _QUOTES.search(line) else line.split()
    except ValueError:
        return None
    variables, argv = _variables(found)
    if not argv:
        return None
    through, argv = _through(argv)
    argv = _canonical(argv)
    return Spelled(tuple(variables), through, tuple(argv)) if argv else None


def _variables(found: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    at = 1 if found[:1] == ["env"] else 0
    variables = []
    while at < len(found) and (match := _ASSIGNMENT.fullmatch(found[at])):
        variables.append((match[1], match[2]))
        at += 1
    return variables, found[at:]


def _through(argv: list[str]) -> tuple[str, list[str]]:
    """An environment manager in front: what it is, and what it runs."""
    if argv[0] not in _ENVIRONMENT_RUNNERS or argv[1:2] != ["run"]:
        return "", argv
    rest, name = argv[2:], argv[0]
    while name == "uv" and rest and rest[0] in _QUIET_UV:
        name = "uv --no-sync" if rest[0] == "--no-sync" else name
        rest = rest[1:]
    if rest[:1] == ["--"]:
        rest = rest[1:]
    if not rest or rest[0].startswith("-"):
        return "", argv
    return name, rest


def _canonical(argv: list[str]) -> list[str]:
    program, rest = argv[0], argv[1:]
    cut = _ENVIRONMENTS.match(program) or _SYSTEM.match(program)
    name = program[cut.end() :] if cut else program
    if "/" in name:
        return [SCRIPT, posixpath.normpath(name), *rest]
    if _PYTHON.fullmatch(name):
        return _python(rest)
    name = _PYTHON_NAMES.get(name, name)
    return _READERS[name](name, rest) if name in _READERS else [name, *rest]


def _python(rest: list[str]) -> list[str]:
    """``python -m tool`` is ``tool``; options that only set how Python itself runs are left out."""
    while rest:
        word = rest[0]
        if word in _PLAIN_PYTHON:
            rest = rest[1:]
        elif rest[1:] and word in _PYTHON_VALUED and _PYTHON_VALUED[word].fullmatch(rest[1]):
            rest = rest[2:]
        else:
            break
    if rest[:1] == ["-m"] and rest[1:]:
        tool = rest[1] if rest[1] in _MODULES else f"-m {rest[1]}"
        return _coverage(tool, rest[2:]) if tool == "coverage" else [tool, *rest[2:]]
    return ["python", *rest]


def _coverage(name: str, rest: list[str]) -> list[str]:
    """``coverage run -m pytest`` is the run of what it measures."""
    if rest[:1] != ["run"]:
        return [name, *rest]
    at = 1
    while at < len(rest) and rest[at] != "-m":
        option, equals, _ = rest[at].partition("=")
        if option in _COVERAGE_VALUED:
            at += 1 if equals else 2
        elif option in _COVERAGE_FREE:
            at += 1
        else:
            return [name, *rest]
    return _python(rest[at:])


def _node(name: str, rest: list[str]) -> list[str]:
    """``--test`` in front: what follows a file is for the file."""
    for at, word in enumerate(rest):
        if word == "--test":
            return [name, "--test", *rest[:at], *rest[at + 1 :]]
        if not word.startswith("-"):
            break
    return [name, *rest]


def _manager(name: str, rest: list[str]) -> list[str]:
    """Package scripts that test, and tools that are started from the packages installed."""
    while rest and rest[0] in _SCRIPT_FLAGS:
        rest = rest[1:]
    if rest[:1] in (["run"], ["run-script"]) and rest[1:] and _TEST_SCRIPT.fullmatch(rest[1]):
        return [name, "test", *rest[2:]]
    if rest and rest[0] in ("test", "t", "tst"):
        return [name, "test", *rest[1:]]
    return _started(name, rest)


def _started(name: str, rest: list[str]) -> list[str]:
    tool = rest
    if tool and tool[0] in _STARTED[name]:
        tool = tool[1:]
    while tool and tool[0] in ("--no-install", "--no", "--"):
        tool = tool[1:]
    direct = tool is not rest or name != "npm"
    return tool if direct and tool and tool[0] in _NODE_TOOLS else [name, *rest]


def _shell(name: str, rest: list[str]) -> list[str]:
    """A shell that runs a file: the file, whichever shell it is."""
    at = 0
    while at < len(rest) and (_SHELL_OPTION.fullmatch(rest[at]) or rest[at] == "pipefail"):
        at += 1
    if at < len(rest) and not rest[at].startswith("-"):
        return [SCRIPT, posixpath.normpath(rest[at]), *rest[at + 1 :]]
    return [name, *rest]


_READERS: dict[str, Callable[[str, list[str]], list[str]]] = {
    **dict.fromkeys(("node", "nodejs"), _node),
    **dict.fromkeys(_STARTED, _manager),
    **dict.fromkeys(("sh", "bash", "dash", "zsh"), _shell),
    "coverage": _coverage,
}
