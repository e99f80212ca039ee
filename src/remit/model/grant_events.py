"""What is recorded of requests and of what people answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from remit.model.deciding import DecidingRules, SigningKeys
from remit.model.event import Event
from remit.model.grant import Grant, GrantRequest, Refusal, Revocation


@dataclass(frozen=True, slots=True)
class DecidersNamed(Event):
    """Whose word counts in this run, as the policy said when it started."""

    kind: ClassVar[str] = "deciders.named"
    rules: DecidingRules
    keys: SigningKeys


@dataclass(frozen=True, slots=True)
class RequestOpened(Event):
    """A held call asks for something a person may grant."""

    kind: ClassVar[str] = "request.opened"
    schema: ClassVar[int] = 2
    request: GrantRequest


@dataclass(frozen=True, slots=True)
class GrantMade(Event):
    """A person granted one request."""

    kind: ClassVar[str] = "grant.made"
    schema: ClassVar[int] = 2
    grant: Grant


@dataclass(frozen=True, slots=True)
class GrantUsed(Event):
    """A call went through because of a grant."""

    kind: ClassVar[str] = "grant.used"
    grant: str
    call: str


@dataclass(frozen=True, slots=True)
class GrantRefused(Event):
    """A person refused one request."""

    kind: ClassVar[str] = "grant.refused"
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class GrantRevoked(Event):
    """A grant ended: revoked by a person, expired, used up, or closed with its run."""

    kind: ClassVar[str] = "grant.revoked"
    revocation: Revocation


GRANT_EVENTS: tuple[type[Event], ...] = (
    DecidersNamed,
    RequestOpened,
    GrantMade,
    GrantUsed,
    GrantRefused,
    GrantRevoked,
)
