"""A coding agent within a run has no contract of its own, and no hook asks about what it does."""

from __future__ import annotations

from remit.model.decision import Outcome, Reason
from remit.model.request import Effect
from remit.policy.rules.case import Case
from remit.policy.rules.commands import names_agent
from remit.policy.rules.wording import short


def agent(effect: Effect, case: Case) -> Reason:
    name = short(effect.target)
    if names_agent(effect, case):
        return Reason("agent.named", Outcome.ALLOW, name, "the contract names this agent")
    return Reason(
        "agent.nested",
        Outcome.DENY,
        name,
        f"This starts another coding agent ({name}) within the run. No hook would ask about what "
        "it does, and its work would not be told from yours.",
        allowed="doing the work in this session or by the subagents of your own client; a person "
        "can give it a run of its own",
        ask=f"start it as a run of its own (remit run CONTRACT -- {name} …), or name the command "
        f"of {name} in commands.free in the contract",
    )
