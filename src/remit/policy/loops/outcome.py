"""How a failed call ended: held back by a rule or a person, lost to an outage, or failed."""

from __future__ import annotations

import re

from remit.model.transcript import Outcome

_DENIED = re.compile(
    rb"permission to use .{0,200} (?:has been denied|was denied)"
    rb"|(?:user|hook|policy) (?:doesn't want|denied|blocked|rejected)"
    rb"|tool use was rejected|denied by|blocked by|requires approval|Tool execution blocked"
    rb"|haven't granted|did not allow tool call",
    re.IGNORECASE,
)
_OUTAGE = re.compile(
    rb"\b(?:429|500|502|503|504|529)\b.{0,80}"
    rb"(?:error|unavailable|overloaded|too many|timeout|gateway)"
    rb"|overloaded_error|rate.?limit(?:ed| exceeded|_error)|service unavailable|ECONNRESET"
    rb"|ETIMEDOUT|could not resolve host|temporary failure in name resolution",
    re.IGNORECASE,
)


def failed_as(error: bytes) -> Outcome:
    """The outcome of a call that came back as an error with this text."""
    if _DENIED.search(error):
        return Outcome.DENIED
    if _OUTAGE.search(error):
        return Outcome.OUTAGE
    return Outcome.FAILED
