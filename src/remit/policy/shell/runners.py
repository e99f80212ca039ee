"""Whether a command is the same run as a check of the contract.

The same runner with other tests, or with options that only choose, print or stop, is the same
run; options that load other code are not.
"""

from __future__ import annotations

import re
import shlex
from functools import lru_cache
from typing import NamedTuple

from remit.policy.wordlist import words


class _Runner(NamedTuple):
    """``start`` are its spellings, the first the one that stands for it. ``free`` options take
    no value, ``valued`` do; ``operands`` says what else may follow."""

    start: tuple[str, ...]
    free: frozenset[str]
    valued: frozenset[str]
    operands: re.Pattern[str]


_PATH = re.compile(r"(?!/|~)(?!.*(?:^|/)\.\.(?:/|$))[\w./:@,\[\]{}*-]+")
_NAME = re.compile(r"[\w:.-]+")
_PYTEST = _Runner(
    ("python -m pytest", "python3 -m pytest", "pytest", "py.test"),
    words(
        "-x -v -vv -vvv -q -qq -s -l -ra -rA -rf -rs -rx -rP --exitfirst --verbose --quiet "
        "--lf --ff --nf --last-failed --failed-first --showlocals --no-header --no-summary "
        "--stepwise --sw --collect-only --co --cache-clear --disable-warnings "
        "--strict-markers --full-trace -xv -xvs -vs -sv -vx -xq -qx -sx -xs -xsv -svx -vxs"
    ),
    words("-k -m --maxfail --tb --durations --color --capture -r --show-capture --deselect"),
    _PATH,
)
_UNITTEST = _Runner(
    ("python -m unittest", "python3 -m unittest"),
    words("-v -q -f -b --verbose --quiet --failfast --buffer --locals discover"),
    words("-k -s -p --pattern --start-directory"),
    _PATH,
)
_JEST = _Runner(
    (
        "npm test",
        "npm t",
        "npm run test",
        "yarn test",
        "yarn run test",
        "pnpm test",
        "pnpm run test",
    ),
    words("-- --verbose --silent --bail --ci --runInBand -i --no-coverage --watch=false --run"),
    words("-t --testNamePattern --grep -g --testPathPattern --reporter"),
    _PATH,
)
_CARGO = _Runner(
    ("cargo test",),
    words(
        "-- --lib --bins --doc --release --all --workspace --nocapture --no-fail-fast -v -q "
        "--quiet --verbose --ignored --exact --show-output --offline --locked"
    ),
    words("--test --test-threads --bin --example --package -p"),
    _NAME,
)
_GO = _Runner(
    ("go test",),
    words("-v -race -short -failfast -json -count=1"),
    words("-run -count -timeout -cpu -skip -bench"),
    _PATH,
)
_RUNNERS = (_PYTEST, _UNITTEST, _JEST, _CARGO, _GO)


def same_run(line: str, known: str) -> bool:
    """Whether command ``line`` is ``known`` or the same test runner on other tests."""
    if line == known:
        return True
    line, known = _without_folder(line, known)
    family = _family(known)
    if family is None:
        return False
    runner, start = family
    other = next((text for text in runner.start if _begins(line, text)), None)
    if other is None or not _interchangeable(other, start):
        return False
    return _only_chooses(runner, line[len(other) :], known[len(start) :])


def _without_folder(line: str, known: str) -> tuple[str, str]:
    """Both without the folder of their program, where it is the same program."""
    program = known.split(" ", 1)[0]
    if "/" not in program or not _begins(line, program):
        return line, known
    cut = program.rindex("/") + 1
    return line[cut:], known[cut:]


@lru_cache(maxsize=256)
def _family(known: str) -> tuple[_Runner, str] | None:
    for runner in _RUNNERS:
        for text in runner.start:
            if _begins(known, text):
                return runner, text
    return None


def _begins(line: str, start: str) -> bool:
    return line == start or line.startswith(f"{start} ")


def _interchangeable(one: str, other: str) -> bool:
    """Python runners are the same however they are spelled; scripts only by their manager."""
    return one.split()[0].startswith("py") or one.split()[0] == other.split()[0]


@lru_cache(maxsize=1024)
def _only_chooses(runner: _Runner, rest: str, known: str) -> bool:
    given = frozenset(shlex.split(known))
    waiting = False
    for word in shlex.split(rest):
        name, equals, _ = word.partition("=")
        if waiting or word in given or word in runner.free or name in runner.free:
            waiting = False
        elif name in runner.valued:
            waiting = not equals
        elif word.startswith("-") or not runner.operands.fullmatch(word):
            return False
    return True
