"""After attempts that taught nothing the next change is held; reading and checks stay free."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.attempt import Attempts, Gate
from remit.model.decision import Outcome, Reason
from remit.model.request import EffectKind
from remit.model.state import Phase
from remit.policy.attempts.notes import HOW, fault_of, note_in
from remit.policy.attempts.recognise import check_run
from remit.policy.matching import get_patterns
from remit.policy.rules.case import CHANGES, Case

_READING = "reading what you have, running the checks"
_CHANGING = CHANGES | {EffectKind.VCS, EffectKind.DYNAMIC, EffectKind.PRIVILEGE, EffectKind.AGENT}


def guard(case: Case) -> Iterator[Reason]:
    attempts = case.state.attempts
    if case.state.phase is not Phase.OPEN or attempts.gate is Gate.OPEN:
        return
    if attempts.gate is Gate.NOTE:
        yield from _note(case)
    if is_change(case):
        yield _held(attempts)


def _note(case: Case) -> Iterator[Reason]:
    """A note that does not match what was observed is handed back."""
    note = note_in(case.request.call.input.get("command"))
    if note is not None and (fault := fault_of(note, case.state.attempts)):
        yield Reason(
            "attempts.note-fault",
            Outcome.DENY,
            case.state.attempts.check,
            f"This note is not taken: {fault}.",
            allowed=f"the note again, as it was: {HOW}",
        )


def _held(attempts: Attempts) -> Reason:
    if attempts.confirming:
        return Reason(
            "attempts.confirming",
            Outcome.DENY,
            attempts.check,
            f"{attempts.message} Remit runs the check itself before it holds further changes.",
            allowed=f"{_READING}; ask for this again when that is done",
        )
    if attempts.closed:
        return Reason(
            f"attempts.{attempts.gate.value}",
            Outcome.STOP,
            attempts.check,
            f"{attempts.message} Nothing more is changed in this run.",
            allowed=f"{_READING}, and your closing note: what you tried, what you know now, and "
            "what you would do next",
            ask="a person can start a new run, narrower, on what this one taught",
        )
    return Reason(
        "attempts.note",
        Outcome.DENY,
        attempts.check,
        attempts.message,
        allowed=f"{_READING}, and filing its note: {HOW}",
    )


def is_change(case: Case) -> bool:
    """Whether the request changes the tree or its history, by what can be told of it."""
    artifacts = get_patterns(case.contract.scope.artifacts)
    for effect, path in case.paths:
        inside = path.relative is not None and not artifacts.matches(path.relative)
        if effect.kind in CHANGES and inside:
            return True
    kinds = {effect.kind for effect in case.request.effects}
    if EffectKind.UNKNOWN in kinds and not _runs_check(case):
        return True
    return bool(kinds & (_CHANGING - CHANGES)) or _calls_writer(case)


def _runs_check(case: Case) -> bool:
    command = case.request.call.input.get("command")
    if not isinstance(command, str):
        return False
    return check_run(command, case.request.effects, case.contract) is not None


def _calls_writer(case: Case) -> bool:
    """Whether a tool of an MCP server is called that changes something."""
    tool = case.request.call.tool
    return any(tool.startswith(f"mcp__{one.name}__") and one.writes for one in case.contract.mcp)
