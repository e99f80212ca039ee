"""A person's decision to give a run more of a limit, while it goes on."""

from __future__ import annotations

from remit.errors import RemitError
from remit.model.contract import RiskClass
from remit.model.deciding import RULES
from remit.model.grant import Granter
from remit.model.limits import EXTENSIBLE, NAMED, Limit
from remit.model.meter_events import BudgetExtended
from remit.model.state import Phase, RunState
from remit.policy.approval import insufficient
from remit.policy.budget_lines import cap_of
from remit.services.excerpts import kept_text
from remit.services.recorder import Recorder

MOST_WORDS = 1000
_GOES_ON = frozenset({Phase.OPEN, Phase.PAUSED, Phase.PARKED})


def extend(recorder: Recorder, risk: RiskClass, wanted: BudgetExtended) -> BudgetExtended:
    """Record ``wanted``; RemitError where the run does not go on, where this person may not
    decide in a run of ``risk``, or where it would pass what the policy permits."""
    state = recorder.state
    if state.phase not in _GOES_ON:
        message = f"run {recorder.run} is {state.phase.value}: nothing of it goes on"
        raise RemitError(message, "start a new run with a wider contract")
    limit = NAMED.get(wanted.limit)
    if limit not in EXTENSIBLE or wanted.amount <= 0:
        names = ", ".join(one.name for one in EXTENSIBLE)
        raise RemitError("that is no limit and amount", f"one of: {names}")
    rules = state.deciders.rules if state.deciders else RULES
    if why := insufficient(wanted.granter, risk, rules):
        raise RemitError(why, "let somebody decide who may, or start a new run")
    _require_words(wanted)
    _require_room(state, limit, wanted.amount)
    recorder.record(wanted)
    return wanted


def asked_for(
    limit: str, amount: int, reason: str, evidence: str, granter: Granter
) -> BudgetExtended:
    """What somebody wants, with their words as they are kept."""
    words = kept_text(reason.strip()[:MOST_WORDS]), kept_text(evidence.strip()[:MOST_WORDS])
    return BudgetExtended(limit, amount, *words, granter)


def _require_words(wanted: BudgetExtended) -> None:
    if not wanted.reason:
        raise RemitError("more of a limit needs a reason", 'add --reason "…"')
    if not wanted.evidence:
        message = "more of a limit needs evidence: what did the run show that speaks for it?"
        raise RemitError(message, 'name a check, a call or a commit: --evidence "…"')


def _require_room(state: RunState, limit: Limit, amount: int) -> None:
    assert state.contract is not None
    cap, top = cap_of(limit, state.contract.budget, state.extended), limit.of(state.ceiling)
    if cap is None:
        raise RemitError(
            f"the contract sets no limit for {limit.name}, so there is nothing to extend",
            "see what it limits: remit budget RUN",
        )
    after = cap + amount
    if top is not None and after > top:
        message = f"{limit.spelled(after)} is more than the policy permits ({limit.spelled(top)})"
        raise RemitError(message, f"ask for less, or for a change of limits.{limit.name}")
