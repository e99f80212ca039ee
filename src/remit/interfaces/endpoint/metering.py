"""The meter at the model's door: no request passes before its cost is held for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from remit.codec.traffic.dialect import Dialect
from remit.codec.traffic.unasked import with_added
from remit.errors import LedgerUnavailable
from remit.interfaces.endpoint.message import (
    Gathered,
    Headers,
    Refused,
    Request,
    gather_body,
)
from remit.interfaces.endpoint.relay import Limits
from remit.model.meter_events import AnswerEnd
from remit.model.traffic import Asked
from remit.services.answering import Answering
from remit.services.meter import Denied, Later, Meter

MOST_BODY = 64 * 1024 * 1024
"""Bytes of a request to a model: twice what providers take."""
_LOOK_S = 1.0
_FREE = frozenset({b"GET", b"HEAD", b"OPTIONS", b"DELETE"})
"""No provider answers these for money."""
_AGENT = b"x-claude-code-agent-id"
_SHOWN = 80


class Admitted(NamedTuple):
    """A request that may be sent, and who follows its answer: None where it costs nothing."""

    request: Request
    answering: Answering | None = None


class Metering:
    """Stands between the clients of one run and its provider."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._settled = asyncio.Event()
        meter.on_settled = self._settled.set

    async def admit(self, request: Request, path: str, limits: Limits) -> Admitted | Denied:
        """The request as it may be sent. Raises Refused."""
        if request.method in _FREE:
            return Admitted(request)
        try:
            dialect = self._meter.dialect_of(path)
        except ValueError as error:
            raise Refused(403, f"{error}, so it is not sent") from None
        if dialect is None:
            return Admitted(request)
        if request.field(b"content-encoding"):
            raise Refused(415, "the meter of this run reads requests as they are: do not compress")
        whole = await gather_body(request, MOST_BODY, limits.idle_s)
        assert isinstance(whole.body, Gathered)
        try:
            asked = dialect.asked(path, whole.body.data)
        except ValueError as error:
            return Denied(400, dialect.refusal(f"Remit cannot meter this request: {error}"))
        actor = request.field(_AGENT).decode("latin-1")[:_SHOWN]
        reply = await self._reserved(dialect, asked, actor)
        if isinstance(reply, Denied):
            return reply
        body = with_added(whole.body.data, asked.added)
        return Admitted(replace(whole, body=Gathered(body), length=len(body)), reply)

    async def _reserved(self, dialect: Dialect, asked: Asked, actor: str) -> Answering | Denied:
        """The answer to a request as soon as there is room for it, or why there is none."""
        self._meter.confirm(asked)
        while True:
            self._settled.clear()
            try:
                reply = self._meter.ask(dialect, asked, actor)
            except LedgerUnavailable as failure:
                raise Refused(503, f"Remit could not record this: {failure.message}") from None
            if not isinstance(reply, Later):
                return reply
            await self._room()

    async def _room(self) -> None:
        """Wait until an answer under way has given back what it did not need."""
        try:
            async with asyncio.timeout(_LOOK_S):
                await self._settled.wait()
        except TimeoutError:
            return


def readable(fields: Headers) -> Headers:
    """The headers of a request whose answer comes as it is, not compressed."""
    rest = tuple(field for field in fields if field[0] != b"accept-encoding")
    return (*rest, (b"accept-encoding", b"identity"))


@contextmanager
def followed(answering: Answering | None) -> Iterator[None]:
    """Settle when what is inside has ended, in whatever way."""
    if answering is None:
        yield
        return
    try:
        yield
    except (Refused, OSError):
        answering.end(AnswerEnd.UNANSWERED)
        raise
    except BaseException:
        answering.end(AnswerEnd.BROKEN_OFF)
        raise
    answering.end()
