"""Requests of an agent to go beyond its contract, and what people answered.

A request names one item; a grant covers exactly this item, for this run, until it expires, is
revoked, or the run ends. Only a person grants, and how the person was established is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from remit.model.digest import Digest
from remit.model.touch import Touch

MOST_USES = 1000
"""More is no limit that anybody counts."""
END_OF_TIME = 2**53 - 1
"""A moment after every expiry: what is judged without a clock is judged as expired."""


class ItemKind(StrEnum):
    """What may be asked for, and so the mode in which it is granted."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    COMMAND = "command"
    HOST = "host"
    TOOL = "tool"
    MCP = "mcp-tool"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that may be granted.

    ``subject`` is what people read: a path as it really leads, a command line, a host, a tool.
    ``digest`` is of the whole item, with the place a command runs in; only items of the same
    kind and digest are the same.
    """

    kind: ItemKind
    subject: str
    digest: Digest

    def is_same(self, other: Item) -> bool:
        return self.kind is other.kind and self.digest == other.digest


@dataclass(frozen=True, slots=True)
class GrantRequest:
    """A held call's wish for one item. ``why`` says what held it; ``opened_us`` is UTC
    microseconds. ``touches`` are what a yes lets it touch, the worst first, and ``more`` counts
    those beyond."""

    id: str
    run: str
    item: Item
    rule: str
    call: str
    actor: str
    why: str
    opened_us: int
    touches: tuple[Touch, ...] = ()
    more: int = 0


class Established(StrEnum):
    """How it was established that a person decides."""

    TERMINAL = "terminal"
    """A key at the supervisor's own terminal."""
    PEER = "peer"
    """A process of the same user outside the run's process tree, as the kernel names it."""
    SIGNED = "signed"
    """A signature over this request and this answer by a key that a policy names."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature over an answer, kept so that anybody can verify it again.

    ``statement`` are the signed bytes as text, ``armored`` is the SSH signature;
    ``presence`` says that the key showed a touch, ``at_us`` when it was verified.
    """

    key_type: str
    fingerprint: str
    presence: bool
    statement: str
    armored: str
    at_us: int


@dataclass(frozen=True, slots=True)
class Granter:
    """Who decided. ``detail`` is what speaks for ``established``: a process, a key, a terminal."""

    name: str
    established: Established
    detail: str
    signature: Signature | None = None


class ExpiryKind(StrEnum):
    END_OF_TASK = "end-of-task"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a grant ends by itself, always said: with the task, or at ``at_us`` before that.

    Where ``uses`` is not 0 it ends before that, with the call that uses it the last time.
    """

    kind: ExpiryKind
    at_us: int
    uses: int = 0

    def __post_init__(self) -> None:
        if (self.kind is ExpiryKind.INSTANT) != (self.at_us > 0):
            raise ValueError("a grant ends at one instant, or with the task")
        if not 0 <= self.uses <= MOST_USES:
            raise ValueError(f"a grant is for at most {MOST_USES} uses, or for any number")

    @property
    def until(self) -> str:
        """``end-of-task``, or the instant in UTC microseconds."""
        return self.kind.value if self.kind is ExpiryKind.END_OF_TASK else str(self.at_us)

    def is_past(self, now_us: int) -> bool:
        return self.kind is ExpiryKind.INSTANT and now_us >= self.at_us


END_OF_TASK = Expiry(ExpiryKind.END_OF_TASK, 0)


@dataclass(frozen=True, slots=True)
class Grant:
    """A person's yes to one request. ``evidence`` is what the person wants to see for it.

    Where the same item was granted before in the run, ``renews`` is that grant, and ``shown`` the
    call of the run that speaks for granting it again.
    """

    id: str
    request: str
    run: str
    item: Item
    reason: str
    granter: Granter
    expiry: Expiry
    evidence: str
    made_us: int
    renews: str = ""
    shown: str = ""

    def covers(self, item: Item, now_us: int) -> bool:
        """Whether ``item`` may be had under this grant at ``now_us``."""
        return self.item.is_same(item) and not self.expiry.is_past(now_us)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A person's no to one request; the same item is not asked for again in the run."""

    request: str
    reason: str
    granter: Granter


OURSELVES = "remit"
EXPIRED = "expired"
USED_UP = "used up"
RUN_ENDED = "the run ended"


@dataclass(frozen=True, slots=True)
class Revocation:
    """The end of a grant before or at its expiry. ``by`` is a person or ``remit``."""

    grant: str
    reason: str
    by: str

    @property
    def status(self) -> str:
        """What became of the grant in one word or two, whatever a person wrote as their reason."""
        known = self.by == OURSELVES and self.reason in (EXPIRED, USED_UP, RUN_ENDED)
        return self.reason if known else "revoked"


_NO_REQUESTS: Mapping[str, GrantRequest] = MappingProxyType({})
_NO_REASONS: Mapping[str, str] = MappingProxyType({})
_UNUSED: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Permits:
    """What was asked of people in a run and what they answered.

    ``waiting`` are requests nobody answered, by id; ``grants`` are in force unless their expiry
    is past; ``refused`` gives the person's reason by the digest of the item; ``used`` counts
    the calls that each of ``grants`` let through; ``granted`` is the latest grant there ever was
    in the run for an item, by the digest of the item.
    """

    waiting: Mapping[str, GrantRequest] = field(default_factory=lambda: _NO_REQUESTS)
    grants: tuple[Grant, ...] = ()
    refused: Mapping[str, str] = field(default_factory=lambda: _NO_REASONS)
    used: Mapping[str, int] = field(default_factory=lambda: _UNUSED)
    granted: Mapping[str, str] = field(default_factory=lambda: _NO_REASONS)
    opened: int = 0
    made: int = 0

    def with_request(self, request: GrantRequest) -> Permits:
        waiting = MappingProxyType({**self.waiting, request.id: request})
        return replace(self, waiting=waiting, opened=self.opened + 1)

    def with_grant(self, grant: Grant) -> Permits:
        """A grant counts only for a request that waits, of the same run and for the same item."""
        asked = self.waiting.get(grant.request)
        if asked is None or asked.run != grant.run or not asked.item.is_same(grant.item):
            return self
        return replace(
            self,
            waiting=_without(self.waiting, grant.request),
            grants=(*self.grants, grant),
            granted=MappingProxyType({**self.granted, grant.item.digest: grant.id}),
            made=self.made + 1,
        )

    def with_use(self, name: str) -> Permits:
        """One more call went through by the grant ``name``, which ends with its last use."""
        used = self.used.get(name, 0) + 1
        counted = replace(self, used=MappingProxyType({**self.used, name: used}))
        known = self.grant_named(name)
        spent = known is not None and 0 < known.expiry.uses <= used
        return counted.without_grant(name) if spent else counted

    def with_refusal(self, refusal: Refusal) -> Permits:
        asked = self.waiting.get(refusal.request)
        if asked is None:
            return self
        refused = MappingProxyType({**self.refused, asked.item.digest: refusal.reason})
        return replace(self, waiting=_without(self.waiting, refusal.request), refused=refused)

    def without_grant(self, grant: str) -> Permits:
        return replace(self, grants=tuple(known for known in self.grants if known.id != grant))

    def ended(self) -> Permits:
        """Nothing outlives the run: no grant is in force, no request can be answered."""
        return replace(self, waiting=_NO_REQUESTS, grants=())

    def grant_named(self, name: str) -> Grant | None:
        return next((grant for grant in self.grants if grant.id == name), None)

    def grant_for(self, item: Item, now_us: int) -> Grant | None:
        return next((grant for grant in self.grants if grant.covers(item, now_us)), None)

    def writes(self, now_us: int) -> frozenset[str]:
        """The paths that may be written now beside those of the contract."""
        return frozenset(
            grant.item.subject
            for grant in self.grants
            if grant.item.kind is ItemKind.WRITE and not grant.expiry.is_past(now_us)
        )

    def request_for(self, item: Item) -> GrantRequest | None:
        return next((asked for asked in self.waiting.values() if asked.item.is_same(item)), None)


def _without(waiting: Mapping[str, GrantRequest], request: str) -> Mapping[str, GrantRequest]:
    return MappingProxyType({name: asked for name, asked in waiting.items() if name != request})
