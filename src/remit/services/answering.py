"""Follows one answer of the model: what it has cost so far, and whether it may go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from remit.codec.traffic.dialect import Dialect
from remit.codec.traffic.framing import splitter
from remit.codec.traffic.unasked import Unasked
from remit.model.account import NOTHING, Amount
from remit.model.meter_events import AnswerEnd, BudgetSettled, Counted
from remit.model.traffic import Asked, Caching, Progress
from remit.model.usage import PriceRow, Usage
from remit.policy.spending import STEP, most_output, price_of
from remit.system.clock import monotonic_ns

MOST_WHOLE = 32 * 1024 * 1024
"""Bytes of an answer in one piece that are kept to be read."""
MOST_UNSAID = 128_000
"""Tokens that no model passes in one answer: of one in one piece whose request sets no limit."""


class Holder(Protocol):
    """What an answer asks of the meter."""

    def price(self, model: str, processing: str = "", speed: str = "") -> tuple[PriceRow, bool]: ...

    def tokens(self, pieces: int) -> int: ...

    def extend(self, answering: Answering) -> bool:
        """Hold more for it; False where the budget does not cover another step."""

    def held(self, ask: str) -> Amount: ...

    def reason(self) -> str: ...

    def settle(self, answering: Answering, settled: BudgetSettled) -> None: ...


class Answering:
    """One request from its reserve to its settlement. ``prompt`` is the tokens it is taken to have
    until the provider says; ``seen`` counts the pieces of its answer."""

    def __init__(self, holder: Holder, dialect: Dialect, asked: Asked, ask: str) -> None:
        self.asked = asked
        self.ask = ask
        self.prompt = asked.size
        self.seen = 0
        self.cut = False
        self._holder = holder
        self._reader = dialect.reader(asked)
        self._events = splitter(asked.framing)
        self._shown = Unasked() if asked.added else None
        self._whole = bytearray()
        self._row, self._known = holder.price(asked.model, asked.processing)
        self._began_ns = monotonic_ns()
        self._first_us = 0
        self._status = 0
        self._request = ""
        self._unreadable = False
        self._held, self._usage, self._most = NOTHING, Usage(), 0

    @property
    def calls(self) -> list[str]:
        """Ids of the tool calls it has asked for so far."""
        return self._reader.progress.calls

    # what it costs

    def floor(self) -> Amount:
        """What it has cost so far and a step more; an answer in one piece cannot be ended, so
        that all that the client permits is its floor."""
        if not self.asked.streams:
            most = self.asked.most_output
            return self._with_output(MOST_UNSAID if most is None else most)
        return self._with_output(self._output() + STEP)

    def wish(self, allowance: int) -> Amount:
        """What lets it go on for an ordinary answer."""
        wished = self._output() + max(allowance, STEP)
        most = self.asked.most_output
        if most is not None and self.asked.streams:
            wished = max(min(wished, most), self._output() + STEP)
        elif not self.asked.streams:
            return self.floor()
        return self._with_output(wished)

    def _output(self) -> int:
        progress = self._reader.progress
        return progress.usage.output + self._holder.tokens(progress.pieces)

    def _with_output(self, tokens: int) -> Amount:
        return price_of(self._row, self._read_so_far()._replace(output=tokens))

    def _read_so_far(self) -> Usage:
        progress = self._reader.progress
        if progress.counted:
            return progress.usage
        match self.asked.caching:
            case Caching.HOUR:
                return Usage(cache_write_1h=self.prompt)
            case Caching.FIVE_MINUTES:
                return Usage(cache_write_5m=self.prompt)
            case Caching.NONE:
                return Usage(input=self.prompt)

    # how it comes

    def begin(self, status: int, fields: Mapping[bytes, bytes]) -> None:
        """The head of the answer is there."""
        self._status = status
        self._first_us = self._elapsed_us()
        named = fields.get(b"request-id") or fields.get(b"x-request-id") or b""
        self._request = named.decode("latin-1")[:200]
        plain = fields.get(b"content-encoding", b"identity").lower() == b"identity"
        self._unreadable = self.cut = status < 400 and not plain

    def take(self, piece: bytes) -> bytes:
        """What of ``piece`` is passed on, with the ending of the answer where it is cut. Of an
        answer that cannot be followed nothing more is."""
        if self._status >= 400:
            return piece
        if not self.asked.streams:
            self._whole += piece[: MOST_WHOLE - len(self._whole)]
            return piece
        try:
            passed = self._follow(piece)
            return self._shown.feed(passed) if self._shown else passed
        except ValueError as error:
            self._unreadable = self.cut = True
            return self._reader.ending(f"\n\n[Remit: {error}]")

    def _follow(self, piece: bytes) -> bytes:
        progress = self._reader.progress
        for end, data in self._events.feed(piece):
            before, told = progress.pieces, self._told()
            self._reader.event(data)
            self.seen += max(0, progress.pieces - before)
            if self._told() != told and self._reprices(told) and not progress.ended:
                self._holder.extend(self)
            if progress.ended or self._is_covered():
                continue
            if not self._holder.extend(self):
                self.cut = True
                return piece[:end] + self._reader.ending(f"\n\n[{self._holder.reason()}]")
        return piece

    def _is_covered(self) -> bool:
        """Whether the floor is within what is held: asked at every event, so that what the hold
        lets it write is computed when the hold or what was read changes."""
        held, usage = self._holder.held(self.ask), self._reader.progress.usage
        if held is not self._held or usage is not self._usage:
            self._held, self._usage = held, usage
            self._most = most_output(self._row, self._read_so_far(), held)
        return self._output() + STEP <= self._most

    def _told(self) -> tuple[bool, str, str, str]:
        """What the price depends on, as far as the provider told it."""
        now = self._reader.progress
        return now.counted, now.model, now.processing, now.speed

    def _reprices(self, told: tuple[bool, str, str, str]) -> bool:
        """Whether another amount has to be held, now that more is known than was ``told``."""
        row = self._row
        self._reprice()
        return row != self._row or told[0] != self._reader.progress.counted

    def _reprice(self) -> None:
        """At the model that answers, which may be another than was asked for."""
        progress = self._reader.progress
        model = progress.model or self.asked.model
        processing = progress.processing or self.asked.processing
        self._row, self._known = self._holder.price(model, processing, progress.speed)
        self._held = NOTHING

    # how it ends

    def end(self, end: AnswerEnd | None = None) -> None:
        """Settle; ``end`` where it did not come to its own. The second time does nothing."""
        if self._whole:
            self._reader.whole(bytes(self._whole))
            self._whole.clear()
            self._reprice()
        self._holder.settle(self, self._settled(end))

    def _settled(self, end: AnswerEnd | None) -> BudgetSettled:
        progress = self._reader.progress
        how, counted = self._ended(end)
        usage, cost = self._cost(counted)
        row = self._row
        return BudgetSettled(
            ask=self.ask,
            end=how,
            counted=counted,
            message=progress.message[:200],
            request=self._request,
            model=(progress.model or self.asked.model)[:200],
            **usage._asdict(),
            searches=progress.searches,
            micro_usd=cost.micro_usd,
            tokens=cost.tokens,
            priced_by=f"{row.source} {row.model}",
            price_known=self._known,
            calls=tuple(progress.calls),
            status=self._status,
            first_us=self._first_us,
            took_us=self._elapsed_us(),
        )

    def _ended(self, end: AnswerEnd | None) -> tuple[AnswerEnd, Counted]:
        progress = self._reader.progress
        if self._status >= 400:
            return AnswerEnd.REFUSED, Counted.NOTHING
        if self._unreadable:
            return AnswerEnd.UNREADABLE, Counted.RESERVE
        if self.cut:
            return AnswerEnd.CUT, Counted.ESTIMATE
        if progress.ended:
            return AnswerEnd.WHOLE, _counted(progress)
        if end is AnswerEnd.UNANSWERED and not self._status:
            return end, Counted.NOTHING
        broken = AnswerEnd.BROKEN_OFF if end or progress.counted else AnswerEnd.UNREADABLE
        return broken, Counted.ESTIMATE if progress.counted else Counted.RESERVE

    def _cost(self, counted: Counted) -> tuple[Usage, Amount]:
        match counted:
            case Counted.NOTHING:
                return Usage(), NOTHING
            case Counted.RESERVE:
                return Usage(), self._holder.held(self.ask)
            case Counted.PROVIDER:
                usage = self._reader.progress.usage
            case Counted.ESTIMATE:
                usage = self._read_so_far()._replace(output=self._output())
        return usage, price_of(self._row, usage)

    def _elapsed_us(self) -> int:
        return (monotonic_ns() - self._began_ns) // 1000


def _counted(progress: Progress) -> Counted:
    """Of an answer that came to its end: words after the provider's last count are estimated, and
    where it never counted, thinking that it did not show may be among them."""
    if not progress.counted:
        return Counted.RESERVE
    return Counted.ESTIMATE if progress.pieces else Counted.PROVIDER
