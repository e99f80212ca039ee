"""Lifts bodies of older schemas to today's. Pure; one small function per step."""

from __future__ import annotations

from collections.abc import Callable

Body = dict[str, object]


def _any_number_of_uses(body: Body) -> Body:
    """A grant that must say its end still must: what is missing is left missing."""
    grant = body.get("grant")
    expiry = grant.get("expiry") if isinstance(grant, dict) else None
    if not isinstance(grant, dict) or not isinstance(expiry, dict):
        return body
    whole = {**grant, "expiry": {**expiry, "uses": 0}, "renews": "", "shown": ""}
    return {**body, "grant": whole}


def _touching_nothing_known(body: Body) -> Body:
    request = body.get("request")
    if not isinstance(request, dict):
        return body
    return {**body, "request": {**request, "touches": [], "more": 0}}


STEPS: dict[tuple[str, int], Callable[[Body], Body]] = {
    ("layers.declared", 1): lambda body: {**body, "private_git": False},
    ("grant.made", 1): _any_number_of_uses,
    ("agent.launched", 1): lambda body: {**body, "tells_prompts": False},
    ("request.opened", 1): _touching_nothing_known,
    ("policy.noted", 1): lambda body: {**body, "allowances": [], "ceiling": {}},
    ("run.opened", 1): lambda body: {**body, "copy": ""},
}
"""(kind, schema) -> the body at schema + 1."""


def upcast(kind: str, schema: int, body: object) -> object:
    """``body`` at the newest schema that :data:`STEPS` leads to."""
    while isinstance(body, dict) and (step := STEPS.get((kind, schema))) is not None:
        body, schema = step(body), schema + 1
    return body
