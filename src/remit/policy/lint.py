"""What is wrong with a contract that is well-formed: vague goals, wide scopes, empty checks.

Pure. A finding that blocks makes the contract "not ready"; a note is shown and no more.
``Finding.subject`` is the contract key it speaks about.
"""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.contract import Contract
from remit.model.verdict import Finding, Severity
from remit.policy.covers import path_covers
from remit.policy.goal_words import open_ended, outcomes, vague_object
from remit.policy.idle_checks import idle_reason, shows_little

SCREEN_LINES = 40
_FEW_WORDS = 3
_MANY_WORDS = 70


def lint(contract: Contract, screen_lines: int = 0) -> tuple[Finding, ...]:
    """Every finding. ``screen_lines`` is the length of the contract as people see it."""
    return (*lint_goal(contract.goal), *_scope(contract), *_checks(contract), *_size(screen_lines))


def lint_goal(goal: str) -> tuple[Finding, ...]:
    """What the words of the goal show."""
    return tuple(_goal(goal))


def _goal(goal: str) -> Iterator[Finding]:
    if not goal:
        return
    vague = vague_object(goal)
    if vague:
        yield _error("goal.no-object", "goal", f"{vague!r} does not say what", _NAME_IT)
    for found in open_ended(goal):
        severity = Severity.BLOCK if found.certain else Severity.NOTE
        message = f"{found.words!r} has no end that a check could show"
        yield Finding("goal.open-ended", severity, message, "goal", _NAME_END)
    yield from _outcomes(goal)
    words = len(goal.split())
    if words < _FEW_WORDS and not vague:
        yield _note("goal.too-short", "goal", f"{words} words say little", _NAME_IT)
    if words > _MANY_WORDS:
        fix = "say the outcome here; move conditions to `keep` and `not`"
        yield _note("goal.too-long", "goal", f"{words} words", fix)


_NAME_IT = "name the thing and the behaviour that is to change"
_NAME_END = "say what is true when it is done, or leave it out"


def _outcomes(goal: str) -> Iterator[Finding]:
    found = outcomes(goal)
    if not found:
        return
    listed = ", ".join(repr(words) for words in found)
    message = f"asks for more than one outcome ({listed} comes on top)"
    severity = Severity.BLOCK if len(found) > 1 else Severity.NOTE
    yield Finding("goal.several-outcomes", severity, message, "goal", "one contract per outcome")


def _scope(contract: Contract) -> Iterator[Finding]:
    edit, read = contract.scope.edit, contract.scope.read
    for pattern in edit:
        if pattern.split("/")[0].lower() in (".git", ".remit"):
            message = f"{pattern!r} decides what Remit itself does and is never editable"
            yield _error("scope.protected", "scope.edit", message, "remove the pattern")
    if edit and read and all(any(path_covers(e, r) for e in edit) for r in read):
        message = "what may be changed is as wide as what may be read"
        fix = "name only the files the goal needs"
        yield _note("scope.edit-as-wide-as-read", "scope.edit", message, fix)


def _checks(contract: Contract) -> Iterator[Finding]:
    for index, check in enumerate(contract.evidence.checks):
        key = f"evidence.checks[{index}].command"
        idle = idle_reason(check.command)
        if idle:
            fix = "write a command whose exit status says whether the goal is met"
            yield _error("check.cannot-fail", key, f"cannot fail: {idle}", fix)
            continue
        little = shows_little(check.command)
        if little:
            yield _note("check.shows-little", key, little, "run the tests themselves")


def _size(screen_lines: int) -> Iterator[Finding]:
    if screen_lines > SCREEN_LINES:
        message = f"task too wide: {screen_lines} lines, more than a screen of {SCREEN_LINES}"
        yield _note("contract.more-than-a-screen", "(file)", message, "split the task")


def _error(rule: str, key: str, message: str, fix: str) -> Finding:
    return Finding(rule, Severity.BLOCK, message, key, fix)


def _note(rule: str, key: str, message: str, fix: str) -> Finding:
    return Finding(rule, Severity.NOTE, message, key, fix)
