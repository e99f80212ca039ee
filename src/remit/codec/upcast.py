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


def _of_two_sources(body: Body) -> Body:
    """The meter and the client's session records were all that was compared, and only in tokens."""
    sources = [
        _total("meter", body.get("metered"), body.get("metered_tokens"), 0),
        _total("transcript", body.get("told"), body.get("told_tokens"), body.get("unreadable")),
    ]
    told = body.get("differing")
    differing = [_difference(one) for one in told] if isinstance(told, list) else told
    return {"sources": sources, "differing": differing, "left_out": body.get("left_out")}


def _total(source: str, answers: object, tokens: object, unreadable: object) -> Body:
    total = {"source": source, "answers": answers, "tokens": tokens}
    return {**total, "micro_usd": None, "unreadable": unreadable}


def _difference(one: object) -> object:
    if not isinstance(one, dict):
        return one
    metered = {"one": "meter", "one_says": one.get("metered")}
    recorded = {"other": "transcript", "other_says": one.get("told")}
    return {"of": one.get("message"), "unit": "tokens", **metered, **recorded}


STEPS: dict[tuple[str, int], Callable[[Body], Body]] = {
    ("layers.declared", 1): lambda body: {**body, "private_git": False},
    ("grant.made", 1): _any_number_of_uses,
    ("agent.launched", 1): lambda body: {**body, "tells_prompts": False},
    ("request.opened", 1): _touching_nothing_known,
    ("policy.noted", 1): lambda body: {**body, "allowances": [], "ceiling": {}},
    ("budget.reconciled", 1): _of_two_sources,
    ("run.opened", 1): lambda body: {**body, "copy": ""},
}
"""(kind, schema) -> the body at schema + 1."""


def upcast(kind: str, schema: int, body: object) -> object:
    """``body`` at the newest schema that :data:`STEPS` leads to."""
    while isinstance(body, dict) and (step := STEPS.get((kind, schema))) is not None:
        body, schema = step(body), schema + 1
    return body
