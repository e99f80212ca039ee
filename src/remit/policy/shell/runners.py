"""Whether a command is the same run as a check of the contract.

The same runner with other tests, another runner of the same tests, or what only reads the same code
is the same run, with options that only choose, print or stop. Options that load other code, write
files or take another configuration are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from remit.policy.shell.environment import steers
from remit.policy.shell.runner_table import LANGUAGES, RUNNERS, Runner
from remit.policy.shell.spelled import Spelled, spelled

_STILL = frozenset(["", "poetry", "pipenv", "pdm", "rye", "uv --no-sync"])
"""Environment managers that run what is installed and fetch nothing."""
_OWN_FOLDERS = re.compile(r"(?!.*(?:^|[/:])\.\.(?:[/:]|$))[\w.-][\w./-]*(?::[\w.-][\w./-]*)*")
_LOADS = {"python": "PYTHONPATH", "node": "NODE_PATH"}
"""Where each language looks for code first: folders of the repository are its own code."""
_COMPUTED = re.compile(r"[$`]")


@lru_cache(maxsize=2048)
def same_run(line: str, known: str) -> bool:
    """Whether command ``line`` is ``known``, or runs what ``known`` runs."""
    if line == known:
        return True
    one, other = spelled(line), spelled(known)
    if one is None or other is None or one.through not in _STILL | {other.through}:
        return False
    runner = _runner(one)
    if not _steady(one, other, runner.language if runner else ""):
        return False
    return one.argv == other.argv or odd_word(line, known) == ""


@lru_cache(maxsize=1024)
def odd_word(line: str, known: str) -> str | None:
    """The first word that makes ``line`` another run than ``known``, ``""`` where none does; None
    where it is something else altogether."""
    one, other = spelled(line), spelled(known)
    runner = _runner(one) if one else None
    if one is None or other is None or runner is None or runner.language not in opened(known):
        return None
    start = len(runner.start)
    given = other.argv[start:] if runner is _runner(other) else ()
    rest = one.argv[start:]
    if runner.needs and not runner.needs & set(rest):
        return f"no {min(runner.needs)}"
    words = iter(rest)
    return next((word for word in words if not _chooses(runner, word, words, given)), "")


def tool_of(line: str) -> str:
    """The runner behind ``line`` in its one spelling; ``""`` where there is none."""
    run = spelled(line)
    runner = _runner(run) if run else None
    return " ".join(runner.start) if runner else ""


@lru_cache(maxsize=256)
def opened(known: str) -> frozenset[str]:
    """The languages whose code the check ``known`` runs anyway."""
    check = spelled(known)
    if check is None:
        return frozenset()
    runner = _runner(check)
    if runner is not None:
        return runner.opens
    return frozenset(filter(None, [_interpreted(check)]))


def own_language(line: str) -> str:
    """The language of the file that ``line`` runs and whose code it is; ``""`` for none.

    Only the plain form counts: an interpreter, a file, and arguments for the file."""
    run = spelled(line)
    if run is None or run.through not in _STILL:
        return ""
    language = _interpreted(run)
    return language if language and _steady(run, run, language) else ""


def _interpreted(run: Spelled) -> str:
    language = LANGUAGES.get(run.argv[0], "")
    plain = len(run.argv) > 1 and not run.argv[1].startswith("-")
    return language if plain and not _COMPUTED.search(run.argv[1]) else ""


def _steady(one: Spelled, other: Spelled, language: str) -> bool:
    """Whether the variables of ``one`` are those of ``other``, or change nothing that matters."""
    given = dict(other.variables)
    for name, value in one.variables:
        if name in given and one is not other:
            if value != given[name]:
                return False
        elif name == _LOADS.get(language):
            if not _OWN_FOLDERS.fullmatch(value):
                return False
        elif steers(name, f"{name}={value}"):
            return False
    return True


def _runner(run: Spelled) -> Runner | None:
    for runner in RUNNERS:
        if run.argv[: len(runner.start)] == runner.start:
            return runner
    return None


def _chooses(runner: Runner, word: str, following: Iterator[str], given: tuple[str, ...]) -> bool:
    """Whether ``word`` may be there; takes its value from ``following`` where it has one."""
    if _COMPUTED.search(word):
        return False
    name, equals, value = word.partition("=")
    if word in runner.free or (re.fullmatch(runner.operands, word) and not word.startswith("-")):
        return True
    limits = dict(runner.limited)
    if name in runner.valued:
        return bool(equals) or _value(following) is not None
    if name in limits:
        given_value = value if equals else _value(following)
        return given_value is not None and bool(re.fullmatch(limits[name], given_value))
    if re.match("-[^-]", word) and _cluster(runner, word, following):
        return True
    return _as_given(word, following, given)


def _cluster(runner: Runner, word: str, following: Iterator[str]) -> bool:
    """``-xvs``, ``-n2``, ``-qk name``."""
    limits = dict(runner.limited)
    for at in range(1, len(word)):
        option, rest = f"-{word[at]}", word[at + 1 :]
        if word[at] in runner.letters:
            continue
        if option in limits:
            value = rest or _value(following)
            return value is not None and bool(re.fullmatch(limits[option], value))
        if option in runner.valued:
            return bool(rest) or _value(following) is not None
        return False
    return True


def _value(following: Iterator[str]) -> str | None:
    """The next word where it can be nothing but a value: an option that may go without one would
    leave it to be an option itself."""
    value = next(following, "")
    return None if value.startswith("-") or _COMPUTED.search(value) else value


def _as_given(word: str, following: Iterator[str], given: tuple[str, ...]) -> bool:
    """A word of the check itself, with the value it has there."""
    if word not in given:
        return False
    at = given.index(word)
    if word.startswith("-") and given[at + 1 : at + 2] and not given[at + 1].startswith("-"):
        return next(following, "") == given[at + 1]
    return True
