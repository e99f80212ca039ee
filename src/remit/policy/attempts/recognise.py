"""Which check of the contract a command ran, and whether what came of it can be told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from remit.model.attempt import WHOLE
from remit.model.contract import Check, Contract
from remit.model.failure import Failure
from remit.model.request import Effect, EffectKind
from remit.policy.results.runners import Runner, runner_of
from remit.policy.shell.facts import facts_of
from remit.policy.shell.runners import same_run
from remit.policy.shell.spelled import spelled

_RUNS = frozenset({EffectKind.RUN, EffectKind.UNKNOWN})
_CHOOSES = re.compile(
    r"-[km]|--(?:deselect|ignore|ignore-glob|lf|last-failed|maxfail|exitfirst|bail|grep|run|skip)"
    r"|-x|-t|--testNamePattern|--test-name-pattern|-run|-failfast|--fail-fast"
)
_SHOWS_ON = frozenset({"tail", "head", "tee", "cd", "true"})
"""What may stand beside a check without hiding how it ended, as long as its summary is seen."""
_FORM = re.compile(
    r"(?:ruff|mypy|pyright|pylint|flake8|black|isort|eslint|prettier|tsc|vue-tsc|gofmt|golangci-lint"
    r"|clippy|shellcheck|rubocop|phpstan|biome|stylelint|javac|gcc|clang|g\+\+|rustfmt)(?: |$)"
    r"|(?:cargo|go) (?:fmt|vet|build|check|clippy)(?: |$)"
)
"""Tools that format, lint, check types or build: what they say is shown and not counted."""
_PATH = re.compile(r"[/.]")
_BOTH = re.compile(r"\s2>&1\s*$")
_HIDES = re.compile(r"[|;&\n`$<>]")


class CheckRun(NamedTuple):
    """A command that runs a check: the contract's name of it, empty where it is none of its own or
    only looks at form. ``targets`` are the places that the contract's own command names, where
    this one names others. ``ends`` says that the command went well only if the check did, ``alone``
    that nothing else in it can fail, ``shows_on`` that a summary in the output is the check's."""

    check: str
    line: str
    runner: Runner
    selection: str
    targets: tuple[str, ...]
    ends: bool
    alone: bool
    shows_on: bool


def check_run(command: str, effects: Iterable[Effect], contract: Contract) -> CheckRun | None:
    """The last check that ``command`` with these ``effects`` runs; None where it runs none."""
    lines = tuple(dict.fromkeys(one.via for one in effects if one.kind in _RUNS and one.via))
    for line in reversed(lines):
        check = _check_of(line, contract)
        runner = runner_of(line)
        if check is None and runner is Runner.GENERIC and not _is_form(line):
            continue
        others = [other.split(" ", 1)[0] for other in lines if other != line]
        ends = _ends(command)
        selection = selection_of(line)
        own = tuple(map(selection_of, lines_of(check))) if check else ()
        return CheckRun(
            "" if check is None or _is_form(line) else check.name,
            line,
            runner,
            WHOLE if check and selection in own else selection,
            () if selection in own else _targets(own),
            ends,
            ends and all(name == "cd" for name in others),
            all(name in _SHOWS_ON for name in others),
        )
    return None


def lines_of(check: Check) -> tuple[str, ...]:
    """The commands of a check, one by one."""
    effects = facts_of(check.command, "/").effects
    return tuple(dict.fromkeys(one.via for one in effects if one.kind in _RUNS and one.via))


def selection_of(line: str) -> str:
    """What chooses tests in ``line``: the same run with more or less output is the same."""
    run = spelled(line)
    words = run.argv if run else tuple(line.split())
    kept = [word for word in words if not word.startswith("-") or _CHOOSES.match(word)]
    return " ".join(kept)


def _check_of(line: str, contract: Contract) -> Check | None:
    checks = contract.evidence.checks
    exact = (check for check in checks if line in lines_of(check))
    alike = (c for c in checks if any(same_run(line, known) for known in lines_of(c)))
    return next(exact, None) or next(alike, None)


def _is_form(line: str) -> bool:
    run = spelled(line)
    return bool(_FORM.match(" ".join(run.argv) if run else line))


def _targets(selections: tuple[str, ...]) -> tuple[str, ...]:
    """The paths among the words that choose tests."""
    words = {word for selection in selections for word in selection.split()[1:]}
    return tuple(sorted(w.rstrip("/") for w in words if not w.startswith("-") and _PATH.search(w)))


def _ends(command: str) -> bool:
    """Whether the exit status of ``command`` is 0 only where that of its last part is."""
    return not _HIDES.search(_BOTH.sub("", command.strip()).replace("&&", ""))


def belonging(run: CheckRun, failing: Iterable[Failure]) -> tuple[Failure, ...]:
    """What of ``failing`` the contract's own command would show too."""
    if not run.targets:
        return tuple(failing)
    return tuple(
        one for one in failing if any(t in one.check or t in one.place for t in run.targets)
    )
