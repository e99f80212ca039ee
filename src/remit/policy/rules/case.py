"""What a rule looks at."""

from __future__ import annotations

from dataclasses import dataclass

from remit.model.contract import Contract
from remit.model.request import PATH_KINDS, Effect, EffectKind, Request, ResolvedPath
from remit.model.state import RunState
from remit.policy.matching import Patterns, get_patterns

CHANGES = frozenset({EffectKind.WRITE, EffectKind.DELETE})


@dataclass(frozen=True, slots=True)
class Case:
    """One request under one contract. ``paths`` are its path effects that could be resolved,
    with where they lead."""

    request: Request
    state: RunState
    contract: Contract
    edit: Patterns
    read: Patterns
    paths: tuple[tuple[Effect, ResolvedPath], ...]


def case_of(request: Request, state: RunState, contract: Contract) -> Case:
    """The case of ``request``, with the patterns of its contract compiled once."""
    leads = {path.written: path for path in request.paths}
    paths = tuple(
        (effect, leads[effect.target])
        for effect in request.effects
        if effect.kind in PATH_KINDS and effect.target in leads
    )
    scope = contract.scope
    return Case(request, state, contract, get_patterns(scope.edit), get_patterns(scope.read), paths)


def name_of(path: ResolvedPath) -> str:
    """The resource a path stands for: relative to the root where it lies below it."""
    return path.absolute if path.relative is None else path.relative or "."
