"""What a held call would touch, told from its effects: the worst first, so that nothing that
matters can be pushed out of sight by much that does not."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.contract import Contract
from remit.model.grant import Item, ItemKind
from remit.model.request import PATH_KINDS, Effect, EffectKind, Request, ResolvedPath
from remit.model.touch import RANK, Sensitivity, Touch
from remit.policy.rules.case import name_of
from remit.policy.rules.selfguard import is_protected
from remit.policy.zones import is_goalpost, is_secret, zone_of

MOST = 12
_WHOLE = frozenset({ItemKind.COMMAND, ItemKind.TOOL, ItemKind.MCP})
"""Who grants one of these grants whatever the call does."""
_SILENT = frozenset({EffectKind.RUN})
"""A program that does only what the other effects say."""
_OPAQUE = frozenset(
    {EffectKind.UNKNOWN, EffectKind.DYNAMIC, EffectKind.CALL, EffectKind.AGENT}
    | {EffectKind.PRIVILEGE}
)


def touches(request: Request, contract: Contract, item: Item) -> tuple[Touch, ...]:
    """What a yes to ``item`` lets the call touch, the worst first, each once."""
    found = dict.fromkeys(_touches(request, contract))
    if item.kind not in _WHOLE:
        found = {touch: None for touch in found if touch.subject == item.subject}
    return tuple(sorted(found, key=lambda touch: -RANK[touch.sensitivity]))


def _touches(request: Request, contract: Contract) -> Iterator[Touch]:
    for effect in request.effects:
        if effect.kind in _SILENT:
            continue
        path = request.resolved(effect.target) if effect.kind in PATH_KINDS else None
        yield _path(effect, path, contract) if path else _other(effect)


def _path(effect: Effect, path: ResolvedPath, contract: Contract) -> Touch:
    name, kind = name_of(path), effect.kind.value
    if is_secret(path.absolute) or (path.relative and is_secret(path.relative)):
        return Touch(kind, name, Sensitivity.SECRET)
    if effect.kind is not EffectKind.READ and is_protected(path):
        return Touch(kind, name, Sensitivity.PROTECTED)
    if path.relative is None:
        return Touch(kind, name, Sensitivity.OUTSIDE)
    if zone := zone_of(path.relative, contract.stop):
        return Touch(kind, name, Sensitivity.ZONE, zone)
    if effect.kind is not EffectKind.READ and is_goalpost(path.relative):
        return Touch(kind, name, Sensitivity.GOALPOST)
    return Touch(kind, name, Sensitivity.PLAIN)


def _other(effect: Effect) -> Touch:
    """A path that could not be resolved is not known either."""
    kind, subject = effect.kind.value, effect.target
    if effect.kind in _OPAQUE or effect.kind in PATH_KINDS or subject == "*":
        return Touch(kind, subject, Sensitivity.UNKNOWN)
    if effect.kind is EffectKind.CONNECT:
        return Touch(kind, subject, Sensitivity.DATA_OUT)
    if effect.kind is EffectKind.VCS:
        return Touch(kind, subject, Sensitivity.PROTECTED)
    return Touch(kind, subject, Sensitivity.PLAIN)
