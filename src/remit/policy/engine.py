"""Decide a request against the state of its run.

The rules:

* Every effect is judged by the one judge of its kind; a kind without a judge is refused.
* Guards look at the whole request and can only hold it.
* The strongest reason wins: stop over deny over ask over allow. Nothing is allowed by falling
  through, and a rule that raises denies.
* A grant of a person lifts what holds exactly its item, and nothing else.
* A resource that was held twice stops the run the third time, by whatever route.

What is left to others: resolving paths (``system/files``), reading effects from a call
(``policy/effects``), recording and answering (``services/authorize``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from remit.model.decision import Decision, Outcome, Reason, strongest
from remit.model.grant import END_OF_TIME, Grant
from remit.model.request import Effect, EffectKind, Request
from remit.model.state import RunState
from remit.policy import grants
from remit.policy.grants import Judged, Wanted
from remit.policy.rules import (
    attempts,
    budget,
    commands,
    data,
    dynamic,
    look,
    malformed,
    nested,
    network,
    paths,
    phase,
    privilege,
    repetition,
    secrets,
    selfguard,
    tools,
    vcs,
    zones,
)
from remit.policy.rules.case import Case, case_of

Judge = Callable[[Effect, Case], Reason]
Guard = Callable[[Case], Iterable[Reason]]

JUDGES: dict[EffectKind, Judge] = {
    EffectKind.READ: paths.read,
    EffectKind.WRITE: paths.write,
    EffectKind.DELETE: paths.write,
    EffectKind.CONNECT: network.connect,
    EffectKind.FETCH: network.fetch,
    EffectKind.RUN: commands.run,
    EffectKind.UNKNOWN: commands.unknown,
    EffectKind.CALL: tools.call,
    EffectKind.DYNAMIC: dynamic.dynamic,
    EffectKind.AGENT: nested.agent,
    EffectKind.PRIVILEGE: privilege.privilege,
    EffectKind.LOOK: look.look,
    EffectKind.VCS: vcs.vcs,
}
GUARDS: tuple[Guard, ...] = (
    malformed.guard,
    phase.guard,
    budget.guard,
    attempts.guard,
    tools.guard,
    selfguard.guard,
    zones.guard,
    data.guard,
    secrets.guard,
    commands.guard,
    paths.guard,
)
MOST_REASONS = 40
"""A command of thousands of parts gives its first reasons, strongest first."""


def decide(request: Request, state: RunState, now_us: int = END_OF_TIME) -> Decision:
    """The decision on ``request``. Pure: the same arguments give the same answer. ``now_us`` tells
    which grants are past; without it every grant with an instant is."""
    try:
        return _decide(request, state, now_us)
    except Exception as error:  # noqa: BLE001 - a rule that raises denies (ADR 0004)
        return strongest((_failed(request, error),))


def wanted(request: Request, state: RunState, now_us: int) -> tuple[Wanted, ...]:
    """What a person would have to grant for ``request``; () where that is not for a grant."""
    if state.contract is None:
        return ()
    case = case_of(request, state, state.contract)
    return grants.wanted(tuple(_judged(case)), case, now_us)


def used(request: Request, state: RunState, now_us: int) -> tuple[Grant, ...]:
    """The grants without which ``request`` would be held."""
    if state.contract is None or not state.permits.grants:
        return ()
    case = case_of(request, state, state.contract)
    return grants.used(tuple(_judged(case)), case, now_us)


def unreached(
    request: Request, state: RunState, enclosed: frozenset[str], now_us: int
) -> Decision | None:
    """What stands in the way of a ``request`` that is allowed by grants the kernel does not know
    of yet; None where nothing does."""
    if state.contract is None or not state.permits.grants:
        return None
    reason = grants.unreached(case_of(request, state, state.contract), enclosed, now_us)
    return None if reason is None else strongest((reason,))


def _judged(case: Case) -> Iterator[Judged]:
    for guard in GUARDS:
        for reason in guard(case):
            yield Judged(reason, None)
    for effect in case.request.effects:
        yield Judged(JUDGES[effect.kind](effect, case), effect)


def _reasons(case: Case, now_us: int) -> list[Reason]:
    if case.state.permits.grants:
        return [grants.lifted(judged, case, now_us) for judged in _judged(case)]
    reasons = [reason for guard in GUARDS for reason in guard(case)]
    return reasons + [JUDGES[effect.kind](effect, case) for effect in case.request.effects]


def _decide(request: Request, state: RunState, now_us: int) -> Decision:
    if state.contract is None:
        return strongest((phase.no_contract(request),))
    case = case_of(request, state, state.contract)
    decision = strongest(tuple(dict.fromkeys(_reasons(case, now_us))))
    again = tuple(repetition.repeated(decision, state))
    return _short(strongest(again + decision.reasons) if again else decision)


def _short(decision: Decision) -> Decision:
    return Decision(decision.outcome, decision.reasons[:MOST_REASONS])


def _failed(request: Request, error: Exception) -> Reason:
    return Reason(
        "engine.rule-failed",
        Outcome.DENY,
        request.call.tool,
        f"Remit failed while deciding this {request.call.tool} call ({type(error).__name__}), "
        "and what it cannot decide may not run.",
        ask="report this call: a rule of Remit has a defect",
    )
