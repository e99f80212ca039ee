"""A contract drafted from the goal, the repository's facts and the policy."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from remit.model.contract import (
    Budget,
    Check,
    Commands,
    Contract,
    Evidence,
    People,
    Scope,
    Shows,
    Stop,
    Tools,
)
from remit.model.facts import Facts
from remit.model.policy import Policy, PolicyCheck
from remit.services.goals import Match, is_test, named_files

_BUG = re.compile(r"\b(fix(es|ed)?|bug|failing|fails|broken|regression|crash(es)?|repair)\b", re.I)
_MOST_TARGETS = 5


@dataclass(frozen=True, slots=True)
class Draft:
    """The drafted contract, and why each guessed line stands there."""

    contract: Contract
    notes: tuple[str, ...]


def draft(goal: str, facts: Facts, policy: Policy, git_user: str | None) -> Draft:
    """A contract for ``goal`` as narrow as the repository lets us guess."""
    matches = named_files(goal, facts.files)
    edit, scope_note = _edit_scope(matches, facts)
    evidence, check_note = _evidence(goal, matches, facts, policy)
    contract = Contract(
        goal=goal.strip(),
        scope=Scope(edit, policy.read or Scope().read, _artifacts(facts, policy)),
        evidence=evidence,
        people=People(delegator=git_user),
        commands=Commands(policy.free or (), policy.ask, policy.never, policy.exact),
        tools=Tools(policy.tools_allow or (), policy.tools_deny),
        mcp=policy.mcp or (),
        hosts=policy.hosts or (),
        budget=_budget(policy),
        stop=Stop(policy.zones, policy.stop_paths),
        environment=policy.environment or (),
    )
    return Draft(contract, (scope_note, check_note))


def _edit_scope(matches: Sequence[Match], facts: Facts) -> tuple[tuple[str, ...], str]:
    patterns = tuple(dict.fromkeys(p for match in matches for p in match.patterns))
    if patterns:
        words = ", ".join(f"“{match.word}”" for match in matches)
        return patterns, f"may change: files that the goal names ({words})"
    folders = facts.source_folders + facts.test_folders
    whole = tuple(f"{folder}/**" for folder in dict.fromkeys(folders))
    if whole:
        return whole, "may change: source and tests, as no file is called like a word of the goal"
    return (), "may change: nothing yet, as no source folder was found; name it under [scope]"


def _artifacts(facts: Facts, policy: Policy) -> tuple[str, ...]:
    return facts.artifacts if policy.artifacts is None else policy.artifacts


def _budget(policy: Policy) -> Budget:
    default, ceiling = Budget(), policy.ceiling
    attempts = default.attempts if default.attempts is not None else 0
    return Budget(
        time_s=min(default.time_s, ceiling.time_s or default.time_s),
        spend_micro_usd=ceiling.spend_micro_usd,
        attempts=attempts if ceiling.attempts is None else min(attempts, ceiling.attempts),
        files_inspected=ceiling.files_inspected,
        patch_lines=ceiling.patch_lines,
    )


def _evidence(
    goal: str, matches: Sequence[Match], facts: Facts, policy: Policy
) -> tuple[Evidence, str]:
    shows = Shows.RED_THEN_GREEN if _BUG.search(goal) else Shows.GREEN
    known = policy.checks or facts.checks
    tests = [file for match in matches for file in match.files if is_test(file)]
    share = facts.share if policy.share is None else policy.share
    prepare = policy.prepare or facts.prepare
    if not known:
        note = "no check: no test command was found; name one under [[evidence.checks]]"
        return Evidence(prepare=prepare, share=share), note
    check, note = _check(known[0], tuple(dict.fromkeys(tests)), shows)
    return Evidence((check,), prepare=prepare, share=share), note


def _check(known: PolicyCheck, tests: tuple[str, ...], shows: Shows) -> tuple[Check, str]:
    base = known.check
    if known.targeted and 0 < len(tests) <= _MOST_TARGETS:
        command = known.targeted.replace("{paths}", " ".join(map(shlex.quote, tests)))
        return Check(base.name, command, shows, base.time_s), "check: the tests the goal names"
    note = "check: the whole suite, as no test is called like a word of the goal"
    return Check(base.name, base.command, shows, base.time_s), note
