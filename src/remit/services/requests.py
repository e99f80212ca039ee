"""Requests and grants as people and scripts read them."""

from __future__ import annotations

from remit.model.grant import ExpiryKind, Grant, GrantRequest
from remit.model.json import Json
from remit.model.touch import worst


def request_json(request: GrantRequest, now_us: int, smallest: str) -> dict[str, Json]:
    """``{"request", "run", "kind", "subject", "rule", "call", "actor", "why", "opened_us",
    "age_s", "touches", "touches_left_out", "sensitivity", "smallest"}``; ``touches`` are ``{"kind",
    "subject", "sensitivity", "zone"}``, ``smallest`` is the command that grants it and nothing
    more."""
    return {
        "request": request.id,
        "run": request.run,
        "kind": request.item.kind.value,
        "subject": request.item.subject,
        "digest": request.item.digest,
        "rule": request.rule,
        "call": request.call,
        "actor": request.actor,
        "why": request.why,
        "opened_us": request.opened_us,
        "age_s": max(0, now_us - request.opened_us) // 1_000_000,
        "touches": [
            {
                "kind": touch.kind,
                "subject": touch.subject,
                "sensitivity": touch.sensitivity.value,
                "zone": touch.zone,
            }
            for touch in request.touches
        ],
        "touches_left_out": request.more,
        "sensitivity": worst(request.touches).value,
        "smallest": smallest,
    }


def grant_json(grant: Grant) -> dict[str, Json]:
    """``{"grant", "request", "run", "kind", "subject", "reason", "by", "established", "detail",
    "until", "uses", "evidence", "made_us", "renews", "shown"}``; ``until`` is ``"end-of-task"`` or
    UTC microseconds, ``uses`` how many calls at most, 0 for any number."""
    ends_with_task = grant.expiry.kind is ExpiryKind.END_OF_TASK
    return {
        "grant": grant.id,
        "request": grant.request,
        "run": grant.run,
        "kind": grant.item.kind.value,
        "subject": grant.item.subject,
        "reason": grant.reason,
        "by": grant.granter.name,
        "established": grant.granter.established.value,
        "detail": grant.granter.detail,
        "until": grant.expiry.until if ends_with_task else grant.expiry.at_us,
        "uses": grant.expiry.uses,
        "evidence": grant.evidence,
        "made_us": grant.made_us,
        "renews": grant.renews,
        "shown": grant.shown,
    }
