"""What a rule looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from remit.model.contract import Contract
from remit.model.request import PATH_KINDS, Effect, EffectKind, Request, ResolvedPath
from remit.model.state import RunState
from remit.policy.matching import Patterns, get_patterns

CHANGES = frozenset({EffectKind.WRITE, EffectKind.DELETE})


@dataclass(frozen=True, slots=True)
class Case:
    """One request under one contract."""

    request: Request
    state: RunState
    contract: Contract

    @property
    def edit(self) -> Patterns:
        return get_patterns(self.contract.scope.edit)

    @property
    def read(self) -> Patterns:
        return get_patterns(self.contract.scope.read)

    def paths(self) -> Iterator[tuple[Effect, ResolvedPath]]:
        """Every path effect that could be resolved, with where it leads."""
        for effect in self.request.effects:
            if effect.kind in PATH_KINDS:
                found = self.request.resolved(effect.target)
                if found is not None:
                    yield effect, found


def name_of(path: ResolvedPath) -> str:
    """The resource a path stands for: relative to the root where it lies below it."""
    return path.absolute if path.relative is None else path.relative or "."
