"""What people were asked in a run and what they said, for the packet."""

from __future__ import annotations

from remit.model.grant import Grant, GrantRequest, Refusal
from remit.model.packet import Asked
from remit.model.record import RunRecord
from remit.model.touch import worst
from remit.model.untrusted import Untrusted
from remit.services.friction import is_instant_yes

MOST = 100
_NOBODY = Untrusted("")


def asked(record: RunRecord) -> tuple[Asked, ...]:
    """The first hundred requests in order, each with its answer."""
    granted = {grant.request: grant for grant in record.grants}
    refused = {refusal.request: (at_us, refusal) for at_us, refusal in record.refusals}
    return tuple(
        _granted(request, granted[request.id], record)
        if request.id in granted
        else _refused(request, *refused[request.id])
        if request.id in refused
        else _line(request, "unanswered")
        for request in list(record.requests.values())[:MOST]
    )


def _granted(request: GrantRequest, grant: Grant, record: RunRecord) -> Asked:
    ended, granter = record.revoked.get(grant.id), grant.granter
    return _line(
        request,
        "granted",
        by=Untrusted(granter.name),
        established=granter.established.value,
        detail=Untrusted(granter.detail),
        reason=Untrusted(grant.reason),
        answered_us=grant.made_us,
        until=grant.expiry.until,
        ended=Untrusted(ended.reason if ended else ""),
        presence=granter.signature is not None and granter.signature.presence,
        uses=grant.expiry.uses,
        used=len(record.uses.get(grant.id, ())),
        renews=grant.renews,
        instant=is_instant_yes(record, request.id, grant.made_us),
    )


def _refused(request: GrantRequest, at_us: int, refusal: Refusal) -> Asked:
    granter = refusal.granter
    return _line(
        request,
        "refused",
        by=Untrusted(granter.name),
        established=granter.established.value,
        detail=Untrusted(granter.detail),
        reason=Untrusted(refusal.reason),
        answered_us=at_us,
    )


def _line(
    request: GrantRequest,
    outcome: str,
    *,
    by: Untrusted = _NOBODY,
    established: str = "",
    detail: Untrusted = _NOBODY,
    reason: Untrusted = _NOBODY,
    answered_us: int = 0,
    until: str = "",
    ended: Untrusted = _NOBODY,
    presence: bool = False,
    uses: int = 0,
    used: int = 0,
    renews: str = "",
    instant: bool = False,
) -> Asked:
    return Asked(
        request.id,
        request.item.kind.value,
        Untrusted(request.item.subject),
        Untrusted(request.why),
        outcome,
        by,
        established,
        detail,
        reason,
        request.opened_us,
        answered_us,
        until,
        ended,
        presence,
        uses,
        used,
        renews,
        worst(request.touches).value,
        instant,
    )
