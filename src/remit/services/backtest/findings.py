"""Gathers, while sessions are decided, what a narrower and a wider contract would rest upon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from remit.model.contract import Contract
from remit.model.decision import Decision
from remit.model.request import Request
from remit.model.state import Phase, RunState
from remit.policy.engine import decide
from remit.policy.rules.case import CHANGES
from remit.services.backtest.needs import Line, Need, Needs

MOST_PATHS = 20_000
MOST_TRIALS = 20_000
"""Decisions that are made again to see which lines of the contract they rest upon."""
_LISTED = frozenset(
    {
        "command.free",
        "command.group",
        "network.host-allowed",
        "tool.allowed",
        "agent.named",
        "path.read-machine",
        "path.scratch",
        "vcs.branch-work",
    }
)
"""Rules that allow because a list of the contract says so."""


@dataclass(slots=True)
class Findings:
    """``writes`` are paths below the root that were written inside the edit scope; ``unused``
    are listed items that no decision has needed so far. ``wishes`` are needs of interrupted
    honest work, by calls; ``beyond`` of what came after a stop that a wider contract would move."""

    contract: Contract
    writes: set[str] = field(default_factory=set)
    unused: set[Need] = field(init=False)
    wishes: Counter[Needs] = field(default_factory=Counter)
    beyond: Counter[Needs] = field(default_factory=Counter)
    wished_by: dict[Need, set[str]] = field(default_factory=dict)
    trials: int = 0
    _tried: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.unused = set(_items(self.contract))

    @property
    def all_tried(self) -> bool:
        """Whether ``unused`` is known of everything: there were not too many decisions."""
        return self.trials < MOST_TRIALS and len(self.writes) < MOST_PATHS

    def passed(self, request: Request, decision: Decision) -> None:
        """A call that the contract lets through."""
        for effect in request.effects:
            path = request.resolved(effect.target) if effect.kind in CHANGES else None
            if path and path.relative and len(self.writes) < MOST_PATHS:
                self.writes.add(path.relative)
        if self.unused and any(reason.rule in _LISTED for reason in decision.reasons):
            self._try(request)

    def held(self, session: str, needs: Needs) -> None:
        """Honest work that the contract interrupts."""
        self.wishes[needs] += 1
        self._by(session, needs)

    def cut_off(self, session: str, needs: Needs) -> None:
        """Honest work that would be interrupted if the session came as far."""
        self.beyond[needs] += 1
        self._by(session, needs)

    def _by(self, session: str, needs: Needs) -> None:
        for need in needs:
            self.wished_by.setdefault(need, set()).add(session)

    def _try(self, request: Request) -> None:
        """Which listed items ``request`` would be held without."""
        key = hash((request.call.tool, request.effects, request.paths))
        if key in self._tried or self.trials >= MOST_TRIALS:
            return
        self._tried.add(key)
        for need in tuple(self.unused):
            self.trials += 1
            narrower = _without(self.contract, need)
            state = RunState(Phase.OPEN, narrower, "", heartbeat=True)
            if decide(request, state).held:
                self.unused.discard(need)


def _items(contract: Contract) -> Iterator[Need]:
    yield from (Need(Line.FREE, item) for item in contract.commands.free)
    yield from (Need(Line.HOSTS, item) for item in contract.hosts)
    yield from (Need(Line.TOOLS, item) for item in contract.tools.allow)


def _without(contract: Contract, need: Need) -> Contract:
    kept = tuple(item for item in listed(contract, need.line) if item != need.item)
    return with_list(contract, need.line, kept)


def listed(contract: Contract, line: Line) -> tuple[str, ...]:
    """The list of ``contract`` that ``line`` names."""
    return {
        Line.EDIT: contract.scope.edit,
        Line.READ: contract.scope.read,
        Line.FREE: contract.commands.free,
        Line.HOSTS: contract.hosts,
        Line.TOOLS: contract.tools.allow,
    }[line]


def with_list(contract: Contract, line: Line, items: tuple[str, ...]) -> Contract:
    """``contract`` with another list."""
    match line:
        case Line.EDIT:
            return replace(contract, scope=replace(contract.scope, edit=items))
        case Line.READ:
            return replace(contract, scope=replace(contract.scope, read=items))
        case Line.FREE:
            return replace(contract, commands=replace(contract.commands, free=items))
        case Line.HOSTS:
            return replace(contract, hosts=items)
        case Line.TOOLS:
            return replace(contract, tools=replace(contract.tools, allow=items))
