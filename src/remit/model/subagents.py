"""How many subagents a run started, and how deep each is.

A client says which agent asks for a subagent, and later that one has started, but not which call
started it. So one that starts is taken to be as deep as the deepest that was asked for and has not
started yet: never less deep than it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Never

MAIN = "agent"
"""The actor of the main agent; ``agent:<id>`` is a subagent."""
STARTERS = frozenset({"Agent", "Task"})
"""The tools that start one."""
_UNKNOWN = 1 << 30


def _nothing() -> Mapping[str, Never]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Subagents:
    """``asked`` are who asked in calls that are not decided, ``awaited`` the depths of those that
    may start and have not, smallest first, ``depths`` those of the others by their actor."""

    started: int = 0
    asked: Mapping[str, str] = field(default_factory=_nothing)
    awaited: tuple[int, ...] = ()
    depths: Mapping[str, int] = field(default_factory=_nothing)

    def depth_of(self, actor: str) -> int | None:
        """0 for the main agent; None where nobody can tell."""
        depth = 0 if actor == MAIN else self.depths.get(actor, _UNKNOWN)
        return depth if depth < _UNKNOWN else None

    def requested(self, call: str, tool: str, actor: str) -> Subagents:
        """``actor`` asks for a ``tool``."""
        if tool not in STARTERS:
            return self
        return replace(self, asked=MappingProxyType({**self.asked, call: actor}))

    def allowed(self, call: str) -> Subagents:
        """``call`` was let through: one more may start, if it asked for one."""
        if call not in self.asked:
            return self
        depth = self.depth_of(self.asked[call])
        below = _UNKNOWN if depth is None else depth + 1
        asked = {other: actor for other, actor in self.asked.items() if other != call}
        awaited = tuple(sorted((*self.awaited, below)))
        return replace(
            self, started=self.started + 1, asked=MappingProxyType(asked), awaited=awaited
        )

    def begun(self, agent: str) -> Subagents:
        """The one with this id started. One that nobody asked for counts as well."""
        name = f"{MAIN}:{agent}"
        if name in self.depths:
            return self
        deepest = self.awaited[-1] if self.awaited else _UNKNOWN
        depths = MappingProxyType({**self.depths, name: deepest})
        unasked = 0 if self.awaited else 1
        return Subagents(self.started + unasked, self.asked, self.awaited[1:], depths)
