"""Whether a contract is ready to start: its shape, its wording, its class, its policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from remit.codec.contract import Examined, examine
from remit.codec.schema import nearest
from remit.codec.toml import dotted
from remit.errors import InvalidDocument, Problem
from remit.model.contract import Contract, Evidence, RiskClass, Scope
from remit.model.events import Layer
from remit.model.limits import (
    ATTEMPTS,
    ATTEMPTS_TOTAL,
    CALLS,
    DEADLINE,
    DEPTH,
    FILES,
    LIMITS,
    PATCH_LINES,
    SPEND,
    SUBAGENTS,
    TIME,
    TOKENS,
)
from remit.model.verdict import Finding, Severity
from remit.policy.bounds import bound
from remit.policy.ceremony import unmet
from remit.policy.layers import Merged
from remit.policy.lint import lint
from remit.policy.matching import Patterns
from remit.policy.risk import assess
from remit.policy.zones import DEFAULT_ZONES, zone_of
from remit.services.layers import CLAIMED

Measure = Callable[[Contract], int]
"""How many lines people see of a contract; the renderer knows."""

_EMPTY = Contract("", Scope(), Evidence())


@dataclass(frozen=True, slots=True)
class Setting:
    """What a contract is judged in: the repository's files, the policy, who hands over."""

    files: tuple[str, ...] = ()
    policy: Merged | None = None
    git_user: str | None = None
    measure: Measure = lambda contract: 0


@dataclass(frozen=True, slots=True)
class Readiness:
    """The contract as it would be frozen (policy joined), and what stands against it."""

    contract: Contract
    risk: RiskClass
    reasons: tuple[str, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]

    @property
    def ready(self) -> bool:
        return not self.problems


def judge_text(text: str, source: str, setting: Setting) -> Readiness:
    """The readiness of a contract file. Never raises for what is wrong with the file."""
    try:
        examined = examine(text, source)
    except InvalidDocument as error:
        return unreadable(error)
    readiness = judge(examined.contract, setting)
    return _placed(readiness, examined)


def unreadable(error: InvalidDocument) -> Readiness:
    """The readiness of a file that is no TOML text: nothing of it is known, so the worst."""
    reasons = ("the file could not be read",)
    return Readiness(_EMPTY, RiskClass.HIGH, reasons, error.problems, ())


def judge(contract: Contract, setting: Setting) -> Readiness:
    """The readiness of a contract value, such as a draft."""
    named = _with_delegator(contract, setting.git_user)
    bounded = bound(named, setting.policy) if setting.policy else None
    whole = bounded.contract if bounded else named
    risk, reasons = assess(whole, setting.files)
    findings = lint(whole, setting.measure(whole))
    problems = [
        *(_problem(f) for f in findings if f.severity is Severity.BLOCK),
        *_nothing_said(whole),
        *_zone_faults(whole),
        *(bounded.problems if bounded else ()),
        *unmet(whole, risk, edited_zones(whole, setting.files)),
    ]
    warnings = tuple(_problem(f) for f in findings if f.severity is not Severity.BLOCK)
    return Readiness(whole, risk, tuple(reasons), tuple(problems), warnings)


_METERED = (SPEND, TOKENS)
_TRIED = (ATTEMPTS, ATTEMPTS_TOTAL)
_COUNTED = (TIME, DEADLINE, *_METERED, *_TRIED, CALLS, FILES, PATCH_LINES, SUBAGENTS, DEPTH)
UNCOUNTED = tuple(limit for limit in LIMITS if limit not in _COUNTED)
"""Limits that nothing counts, and so nothing holds."""


def advisory_lines(contract: Contract, layers: Sequence[Layer] = ()) -> tuple[str, ...]:
    """The contract's lines that nothing enforces where ``layers`` hold, each with what it is
    instead."""
    lines = [
        f"{limit.name} {limit.spelled(amount)}: not counted yet"
        for limit in UNCOUNTED
        if (amount := limit.of(contract.budget)) is not None
    ]
    if not any(x.name == "meter" and x.is_live for x in layers):
        amounts = ((limit, limit.of(contract.budget)) for limit in _METERED)
        told = any(x.name == "meter" and CLAIMED in x.note for x in layers)
        instead = CLAIMED if told else "counted where the meter is live, and it is not"
        lines += [
            f"{limit.name} {limit.spelled(amount)}: {instead}"
            for limit, amount in amounts
            if amount is not None
        ]
    if contract.hosts and not any(x.name == "egress" and x.is_live for x in layers):
        hosts = ", ".join(contract.hosts)
        lines.append(f"hosts {hosts}: held where a command names its host or heeds the proxy")
    if contract.rollback.stop_before:
        lines.append("stop_before: told to the agent, watched by nothing")
    if contract.keep or contract.exclude:
        lines.append("keep, not: told to the agent and the reviewer, checked by nothing")
    return tuple(lines)


def edited_zones(contract: Contract, files: Sequence[str]) -> tuple[str, ...]:
    """The sensitive zones that the edit scope reaches into, opened ones included."""
    closed = replace(contract.stop, allow_zones=())
    edit = Patterns(contract.scope.edit)
    found = {zone_of(path, closed) for path in files if edit.matches(path)} - {""}
    return tuple(sorted(found | set(contract.stop.allow_zones)))


def _with_delegator(contract: Contract, git_user: str | None) -> Contract:
    if contract.people.delegator or not git_user:
        return contract
    return replace(contract, people=replace(contract.people, delegator=git_user))


def _nothing_said(contract: Contract) -> list[Problem]:
    """What every class asks for. A file that lacks it is told of when it is read; a draft, for
    which nothing was found, only here."""
    faults = []
    if not contract.goal:
        fix = 'add `goal = "…"`: one outcome, one sentence'
        faults.append(Problem("goal", "is missing", fix))
    if not contract.scope.edit:
        fix = 'name what may be changed under [scope]: edit = ["src/…"]'
        faults.append(Problem("scope.edit", "names nothing that may be changed", fix))
    if not contract.evidence.checks and not contract.evidence.none:
        fix = 'name a command under [[evidence.checks]], or under [evidence]: none = "why"'
        faults.append(Problem("evidence.checks", "no check says when this is done", fix))
    return faults


def _zone_faults(contract: Contract) -> list[Problem]:
    """Zone names that would guard or open nothing. A further zone is a word that paths carry."""
    further = contract.stop.zones
    faults = []
    for index, name in enumerate(further):
        near = nearest(name, DEFAULT_ZONES, 0.8)
        if name not in DEFAULT_ZONES and (near or not name.isalnum()):
            fix = f"did you mean `{near}`?" if near else "write one word that its paths carry"
            faults.append(Problem(f"stop.zones[{index}]", f"no zone is called {name!r}", fix))
    for index, name in enumerate(contract.stop.allow_zones):
        if name not in DEFAULT_ZONES and name not in further:
            key = f"stop.allow_zones[{index}]"
            fix = _zone_fix(name, (*DEFAULT_ZONES, *further))
            faults.append(Problem(key, f"no zone is called {name!r}", fix))
    return faults


def _zone_fix(name: str, known: Sequence[str]) -> str:
    near = nearest(name, known)
    return f"did you mean `{near}`?" if near else "write one of: " + ", ".join(known)


def _problem(finding: Finding) -> Problem:
    return Problem(finding.subject, finding.message, finding.fix)


def _placed(readiness: Readiness, examined: Examined) -> Readiness:
    """Lines for what was found in the value, after what was found in the text; once per key."""
    lines = {dotted(path): line for path, line in examined.positions.lines.items()}
    said = {problem.key for problem in examined.problems}
    later = [p for p in readiness.problems if not _said(p.key, said)]
    return replace(
        readiness,
        problems=(*examined.problems, *(_at(problem, lines) for problem in later)),
        warnings=tuple(_at(problem, lines) for problem in readiness.warnings),
    )


def _said(key: str, said: set[str]) -> bool:
    return any(key == other or key.startswith((other + ".", other + "[")) for other in said)


def _at(problem: Problem, lines: Mapping[str, int]) -> Problem:
    return replace(problem, line=lines.get(problem.key))
