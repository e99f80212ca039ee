"""What may happen at all at this point of the run."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.decision import Outcome, Reason
from remit.model.request import EffectKind, Request
from remit.model.state import Phase
from remit.policy.rules.case import Case
from remit.policy.rules.wording import short

CLOSING_TOOLS = frozenset({"TodoWrite", "TaskUpdate", "StructuredOutput", "ReportFindings"})
_READING = frozenset({EffectKind.READ, EffectKind.RUN})


def no_contract(request: Request) -> Reason:
    return _deny(request, "phase.no-contract", "No contract is frozen for this run.")


def guard(case: Case) -> Iterator[Reason]:
    request, state = case.request, case.state
    if state.phase is Phase.STOPPED:
        yield from _stopped(request)
    elif state.phase in (Phase.PAUSED, Phase.PARKED):
        yield _standing_still(request)
    elif state.phase is not Phase.OPEN:
        yield _deny(request, f"phase.{state.phase.value}", "This run is not open.")
    if not state.heartbeat:
        yield _deny(
            request, "phase.no-heartbeat", "No hook of this session was seen before its first call."
        )
    if request.call.id in state.seen_calls and request.call.id != state.again:
        yield _deny(request, "phase.repeated-id", "A call with this id was already decided.")


def _stopped(request: Request) -> Iterator[Reason]:
    reading = all(effect.kind in _READING for effect in request.effects)
    if not reading and request.call.tool not in CLOSING_TOOLS:
        yield Reason(
            "phase.stopped",
            Outcome.DENY,
            short(request.call.tool),
            "This run was stopped: nothing may be changed or run any more.",
            allowed="reading what the contract lets you read, and writing your closing note",
        )


def _standing_still(request: Request) -> Reason:
    return Reason(
        "phase.paused",
        Outcome.DENY,
        short(request.call.tool),
        "This run stands still until a person answered, so this call was not made.",
        allowed="nothing now; ask for this again when the run goes on",
    )


def _deny(request: Request, rule: str, message: str) -> Reason:
    return Reason(
        rule,
        Outcome.DENY,
        short(request.call.tool),
        message,
        allowed="nothing; write your closing note",
        ask="start the agent through `remit run`",
    )
