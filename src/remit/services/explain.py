"""How a call would be decided, without a run: the same code, the same words."""

from __future__ import annotations

from dataclasses import dataclass

from remit.model.contract import Contract, Evidence, Scope
from remit.model.decision import Decision, Outcome
from remit.model.grant import END_OF_TIME, Item
from remit.model.ids import CallId
from remit.model.json import JsonObject
from remit.model.request import PATH_KINDS, Effect, Request, ResolvedPath, ToolCall
from remit.model.state import Phase, RunState
from remit.policy.answers import held_text
from remit.policy.effects import effects_of
from remit.policy.engine import decide, wanted
from remit.policy.grants import GRANTABLE
from remit.system.files import resolve

DEFAULT_CONTRACT = Contract(
    goal="any task in this repository",
    scope=Scope(edit=("**",)),
    evidence=Evidence(none="explains single calls"),
)
"""What a call is explained under where no contract is given: everything but what no contract
opens."""


@dataclass(frozen=True, slots=True)
class Explained:
    call: ToolCall
    effects: tuple[Effect, ...]
    paths: tuple[ResolvedPath, ...]
    decision: Decision
    wants: tuple[Item, ...] = ()
    """What a person could grant inside a run to let it through; () where nothing is held, or where
    something in it is nobody's to grant there."""

    @property
    def answer(self) -> str:
        """What the agent would read."""
        return held_text(self.decision) if self.decision.held else "inside the task contract"


def explain(
    tool: str, values: JsonObject, contract: Contract, *, cwd: str, root: str, home: str
) -> Explained:
    """Decide one call of an open run. ``cwd``, ``root`` and ``home`` are absolute."""
    call = ToolCall(CallId("explained"), tool, values, cwd)
    effects = effects_of(call)
    paths = _resolved(effects, cwd, root, home)
    state = RunState(Phase.OPEN, contract, root, heartbeat=True)
    request = Request(call, effects, paths)
    decision = decide(request, state)
    found = wanted(request, state, END_OF_TIME) if decision.held else ()
    items = tuple(want.item for want in found)
    grantable = decision.outcome is not Outcome.STOP and all(x.kind in GRANTABLE for x in items)
    return Explained(call, effects, paths, decision, items if grantable else ())


def _resolved(
    effects: tuple[Effect, ...], cwd: str, root: str, home: str
) -> tuple[ResolvedPath, ...]:
    found: dict[str, ResolvedPath] = {}
    for effect in effects:
        if effect.kind in PATH_KINDS and effect.target not in found:
            try:
                found[effect.target] = resolve(effect.target, cwd, root, home)
            except (OSError, ValueError):
                continue
    return tuple(found.values())


def explained_json(explained: Explained) -> JsonObject:
    """``{"outcome", "allowed", "rule", "answer", "grant", "reasons", "effects"}``; ``grant`` lists
    what a person could grant in a run, as ``{"kind", "subject"}``."""
    decision = explained.decision
    leads = {path.written: path for path in explained.paths}
    return {
        "outcome": decision.outcome.value,
        "allowed": not decision.held,
        "rule": decision.reasons[0].rule,
        "answer": explained.answer,
        "grant": [{"kind": x.kind.value, "subject": x.subject} for x in explained.wants],
        "reasons": [
            {
                "rule": reason.rule,
                "outcome": reason.outcome.value,
                "subject": reason.subject,
                "message": reason.message,
                "allowed": reason.allowed,
                "ask": reason.ask,
            }
            for reason in decision.reasons
        ],
        "effects": [
            {
                "kind": effect.kind.value,
                "target": effect.target,
                "via": effect.via,
                "leads_to": leads[effect.target].absolute if effect.target in leads else None,
            }
            for effect in explained.effects
        ],
    }
