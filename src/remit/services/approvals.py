"""Requests of one run and what people answer: opened, granted, refused, revoked, closed.

The agent opens requests by being held; everything else here is called for a person alone,
with how the person was established. The endpoint has no way to these calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from remit.errors import RemitError
from remit.model.contract import RiskClass
from remit.model.deciding import NOBODY, RULES, DecidingRules, SigningKeys
from remit.model.friction_events import DecisionMarked
from remit.model.grant import (
    EXPIRED,
    OURSELVES,
    RUN_ENDED,
    USED_UP,
    Expiry,
    Grant,
    Granter,
    GrantRequest,
    Item,
    ItemKind,
    Permits,
    Refusal,
    Revocation,
)
from remit.model.grant_events import (
    GrantMade,
    GrantRefused,
    GrantRevoked,
    GrantUsed,
    RequestOpened,
)
from remit.model.meter_events import BudgetExtended
from remit.model.request import Request, ToolCall
from remit.model.state import Phase
from remit.model.touch import Touch
from remit.policy.answers import smallest_grant
from remit.policy.approval import insufficient
from remit.policy.grants import COUNTED, GRANTABLE, Wanted
from remit.policy.risk import assess, widened
from remit.policy.touches import MOST as MOST_TOUCHES
from remit.policy.touches import touches
from remit.services.excerpts import kept_text
from remit.services.extensions import extend
from remit.services.marks import mark
from remit.services.recorder import Recorder
from remit.services.signed_answers import Signed, Words, signed_by

MOST_OPEN = 50
"""Requests a run may have open: nobody reads more, and an agent could open any number."""
MOST_REASON = 1000
_RANK = tuple(RiskClass).index
HELD_FAST = GRANTABLE - {ItemKind.WRITE}
"""What can be granted where the kernel holds an agent that cannot be started again: what it may
write was fixed at its start."""


_ANSWERABLE = frozenset({Phase.OPEN, Phase.PAUSED, Phase.PARKED})


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person says with a yes. ``evidence`` is what they want to see for it; ``shown`` the
    call of this run that speaks for granting the same once more."""

    reason: str
    expiry: Expiry
    evidence: str = ""
    shown: str = ""


class Approvals:
    """The open requests and the grants of one run. ``on_answer`` is told after each answer,
    ``on_change`` when a grant begins or ends."""

    def __init__(
        self,
        recorder: Recorder,
        now_us: Callable[[], int],
        risk: RiskClass,
        wait_s: float = 0.0,
        kinds: frozenset[ItemKind] = GRANTABLE,
    ) -> None:
        self._recorder = recorder
        self._now_us = now_us
        self._risk = risk
        self._kinds = kinds
        self._latest_us = 0
        self.wait_s = wait_s
        self.on_answer: Callable[[], None] = lambda: None
        self.on_open: Callable[[GrantRequest], None] = lambda request: None
        self.on_change: Callable[[], None] = lambda: None

    @property
    def permits(self) -> Permits:
        return self._recorder.state.permits

    def now_us(self) -> int:
        """The clock, never back: a clock that is set back must not revive what is past."""
        self._latest_us = max(self._latest_us, self._now_us())
        return self._latest_us

    # the agent's side

    def ask(self, asked: Request, wants: tuple[Wanted, ...]) -> tuple[GrantRequest, ...]:
        """The requests that stand for ``wants``: those already open, and new ones. () where a
        person refused one of them in this run, where too many are open, or where a yes would
        change nothing while the agent runs."""
        if self.refusal_of(wants) or len(self.permits.waiting) + len(wants) > MOST_OPEN:
            return ()
        if any(want.item.kind not in self._kinds or not _is_exact(want.item) for want in wants):
            return ()
        return tuple(self.permits.request_for(x.item) or self._open(asked, x) for x in wants)

    def granted_hosts(self) -> tuple[str, ...]:
        """The hosts that may be reached now beside those of the contract."""
        now_us = self.now_us()
        return tuple(
            grant.item.subject
            for grant in self.permits.grants
            if grant.item.kind is ItemKind.HOST and not grant.expiry.is_past(now_us)
        )

    def writes(self) -> frozenset[str]:
        """The paths that may be written now beside those of the contract."""
        return self.permits.writes(self.now_us())

    def refusal_of(self, wants: tuple[Wanted, ...]) -> str:
        """What a person said when they refused one of ``wants``; empty where nobody did."""
        refused = self.permits.refused
        digests = [want.item.digest for want in wants]
        return next((refused[digest] for digest in digests if digest in refused), "")

    def _open(self, asked: Request, want: Wanted) -> GrantRequest:
        call, item, reason = asked.call, want.item, want.reason
        run = str(self._recorder.run)
        request = GrantRequest(
            f"{run[-4:]}-{self.permits.opened + 1}",
            run,
            Item(item.kind, kept_text(item.subject), item.digest),
            reason.rule,
            call.id,
            call.actor.name,
            kept_text(reason.message),
            self.now_us(),
            *self._touched(asked, item),
        )
        self._recorder.stage(RequestOpened(request))
        self.on_open(request)
        return request

    def _touched(self, asked: Request, item: Item) -> tuple[tuple[Touch, ...], int]:
        """What a yes would let the call touch, as it is kept, and how much is left out."""
        contract = self._recorder.state.contract
        found = touches(asked, contract, item) if contract else ()
        kept = tuple(replace(one, subject=kept_text(one.subject)) for one in found[:MOST_TOUCHES])
        return kept, len(found) - len(kept)

    # the person's side

    def grant(self, request: str, wish: Wish, granter: Granter) -> Grant:
        """Grant ``request``; RemitError where it is not open, or this person may not."""
        asked, reason = self._answerable(request, wish.reason)
        if why := insufficient(granter, self._risk_of(asked.item), self._rules()):
            raise RemitError(why, f"answer at the terminal of the run, or: {_sign(request)}")
        self._require_end(asked, wish.expiry)
        renews = self._require_shown(asked, wish.shown)
        run = str(self._recorder.run)
        grant = Grant(
            f"{run[-4:]}-g{self.permits.made + 1}",
            asked.id,
            run,
            asked.item,
            reason,
            granter,
            wish.expiry,
            kept_text(wish.evidence[:MOST_REASON]),
            self.now_us(),
            renews,
            wish.shown if renews else "",
        )
        self._recorder.record(GrantMade(grant))
        self.on_change()
        self.on_answer()
        return grant

    def refuse(self, request: str, reason: str, granter: Granter) -> Refusal:
        """Refuse ``request``. A no needs no more than a person: it only narrows."""
        asked, said = self._answerable(request, reason)
        refusal = Refusal(asked.id, said, granter)
        self._recorder.record(GrantRefused(refusal))
        self.on_answer()
        return refusal

    def revoke(self, grant: str, reason: str, by: str) -> Revocation:
        """End ``grant``; RemitError where none of that name is in force."""
        if all(known.id != grant for known in self.permits.grants):
            raise RemitError(f"no grant {grant!a} is in force", "list them: remit grants")
        revocation = Revocation(grant, kept_text(reason[:MOST_REASON]), by)
        self._recorder.record(GrantRevoked(revocation))
        self.on_change()
        return revocation

    def extend(self, wanted: BudgetExtended) -> BudgetExtended:
        """Give the run more of a limit; RemitError where that may not be."""
        return extend(self._recorder, self._risk, wanted)

    def mark(self, call: str, reason: str, by: Granter) -> DecisionMarked:
        """Record that ``by`` calls the decision on ``call`` wrong; nothing is decided by it."""
        return mark(self._recorder, call, reason, by)

    def expire(self) -> None:
        """End what is past by the clock, for good."""
        now_us = self.now_us()
        for grant in self.permits.grants:
            if grant.expiry.is_past(now_us):
                self.revoke(grant.id, EXPIRED, OURSELVES)

    def use(self, grants: tuple[Grant, ...], call: ToolCall) -> None:
        """Count ``call``, which goes through by ``grants``; what is used up by it ends."""
        for grant in grants:
            self._recorder.stage(GrantUsed(grant.id, call.id))
            if self.permits.grant_named(grant.id) is None:
                self._recorder.stage(GrantRevoked(Revocation(grant.id, USED_UP, OURSELVES)))

    def smallest(self, request: str) -> str:
        """The command that grants the open ``request`` and nothing more."""
        asked = self.permits.waiting[request]
        return smallest_grant(asked.id, asked.item.kind, self.renewed_by(asked))

    def renewed_by(self, asked: GrantRequest) -> str:
        """The grant for the same item that was there before in this run, "" where none was."""
        return self.permits.granted.get(asked.item.digest, "")

    def signed(self, request: str, wish: Wish, given: Signed) -> Granter:
        """Who signed the yes to ``request``; RemitError where the signature does not count."""
        asked, _ = self._answerable(request, wish.reason)
        words = Words(wish.reason, wish.evidence, wish.expiry, wish.shown)
        return signed_by(asked, words, given, self.keys, self.now_us())

    @property
    def keys(self) -> SigningKeys:
        """Who may sign in this run."""
        deciders = self._recorder.state.deciders
        return deciders.keys if deciders else NOBODY

    def _risk_of(self, item: Item) -> RiskClass:
        """The class of the run once ``item`` is granted: a write may open what is more at risk."""
        contract = self._recorder.state.contract
        if item.kind is not ItemKind.WRITE or contract is None:
            return self._risk
        paths = {*self.writes(), item.subject}
        return max(
            self._risk, assess(widened(contract, sorted(paths)), sorted(paths))[0], key=_RANK
        )

    def _require_end(self, asked: GrantRequest, expiry: Expiry) -> None:
        if expiry.is_past(self.now_us()):
            raise RemitError("the expiry is past already", "name a later one, or --until end")
        if expiry.uses and asked.item.kind not in COUNTED:
            raise RemitError(
                f"uses of a {asked.item.kind.value} are not counted: it stays open while a call "
                "is at work",
                "end it by the clock, --for 30m, or with the task, --until end",
            )

    def _require_shown(self, asked: GrantRequest, shown: str) -> str:
        """The earlier grant for the same item, "" where there was none; RemitError where no other
        call of the run is named that speaks for granting it again."""
        renews = self.renewed_by(asked)
        if renews and (shown == asked.call or shown not in self._recorder.state.seen_calls):
            raise RemitError(
                f"the same was granted before ({renews}), and a renewal needs a call of this run "
                "that shows what came of it",
                f"find the call with: remit grants {self._recorder.run}; then add --shown-by CALL",
            )
        return renews

    def _rules(self) -> DecidingRules:
        deciders = self._recorder.state.deciders
        return deciders.rules if deciders else RULES

    def _answerable(self, request: str, reason: str) -> tuple[GrantRequest, str]:
        if self._recorder.state.phase not in _ANSWERABLE:
            message = f"run {self._recorder.run} is {self._recorder.state.phase.value}"
            raise RemitError(f"{message}; nothing can be granted in it any more")
        asked = self.permits.waiting.get(request)
        if asked is None:
            raise RemitError(f"no request {request!a} is open", "list them: remit requests")
        if not reason.strip():
            raise RemitError("an answer needs a reason", 'add --reason "…"')
        return asked, kept_text(reason.strip()[:MOST_REASON])


def _is_exact(item: Item) -> bool:
    """Whether a path to be written is kept as it is. One that is shortened or redacted could not
    be told to the kernel or found in the commit."""
    return item.kind is not ItemKind.WRITE or kept_text(item.subject) == item.subject


def _sign(request: str) -> str:
    return f"remit grant {request} --sign"


def revocations(permits: Permits) -> tuple[GrantRevoked, ...]:
    """What the end of a run says of every grant that is still in force."""
    return tuple(
        GrantRevoked(Revocation(grant.id, RUN_ENDED, OURSELVES)) for grant in permits.grants
    )
