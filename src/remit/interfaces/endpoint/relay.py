"""Moves bytes between two sides, counts them, and stops at the limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from remit.interfaces.endpoint.message import (
    Headers,
    Incoming,
    Refused,
    Request,
    Response,
    passed_on,
    read_response,
)
from remit.interfaces.endpoint.network import Link

CHUNK = 64 * 1024
Count = Callable[[int], None]
_BODILESS = frozenset({b"GET", b"HEAD", b"OPTIONS", b"DELETE", b"TRACE"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes. ``idle_s`` is silence on a tunnel, ``answer_s`` silence of a server that
    was asked: a model may think for minutes before its first word."""

    head_s: float = 20.0
    idle_s: float = 300.0
    answer_s: float = 900.0
    connections: int = 256
    sent: int = 4 * 1024**3
    received: int = 64 * 1024**3


@dataclass(slots=True)
class Tally:
    """Bytes of one connection, as the run sees them."""

    limits: Limits
    sent: int = 0
    received: int = 0

    def send(self, count: int) -> None:
        self.sent += count
        if self.sent > self.limits.sent:
            raise Refused(413, "this connection sent as much as one may")

    def receive(self, count: int) -> None:
        self.received += count
        if self.received > self.limits.received:
            raise Refused(502, "this connection received as much as one may")


async def tunnel(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link, tally: Tally
) -> None:
    """Carry bytes both ways until both sides are done; TimeoutError after silence, Refused at a
    limit of size."""
    loop = asyncio.get_running_loop()
    idle = tally.limits.idle_s

    async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter, count: Count) -> None:
        while data := await source.read(CHUNK):
            count(len(data))
            timer.reschedule(loop.time() + idle)
            sink.write(data)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()

    async with asyncio.timeout(idle) as timer:
        ways = [
            asyncio.ensure_future(carry(reader, link.writer, tally.send)),
            asyncio.ensure_future(carry(link.reader, writer, tally.receive)),
        ]
        try:
            await asyncio.gather(*ways)
        finally:
            for way in ways:
                way.cancel()


@dataclass(frozen=True, slots=True)
class Passage:
    """A request on its way: how it is written for the other side, and where that is."""

    request: Request
    fields: Headers
    target: bytes
    link: Link


class Watch(Protocol):
    """Who looks on while an answer passes, and may end it."""

    @property
    def cut(self) -> bool:
        """Whether the answer is ended here: nothing more of it is passed on."""

    def begin(self, status: int, fields: Mapping[bytes, bytes]) -> None:
        """The head of the answer is there."""

    def take(self, piece: bytes) -> bytes:
        """What is passed on in the place of ``piece``."""


async def exchange(
    passage: Passage, writer: asyncio.StreamWriter, tally: Tally, watch: Watch | None = None
) -> bool:
    """Pass a request on and its answer back, both as they come.

    True where the link may carry another request. Raises Refused, TimeoutError and OSError.
    """
    request, link = passage.request, passage.link
    if request.continues:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    sending = asyncio.ensure_future(_send(passage, tally))
    answer = asyncio.ensure_future(
        read_response(link.reader, tally.limits.answer_s, request.method)
    )
    try:
        await asyncio.wait({sending, answer}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done() and not answer.done():
            sending.result()  # a body that broke off is never answered
        response = await answer
        await _answer(response, request, Way(writer, tally, watch))
        # Answered before it was asked in full, the link is of no more use.
        whole = response.body.done and response.keep
        return sending.done() and sending.exception() is None and whole
    finally:
        sending.cancel()
        answer.cancel()


async def _send(passage: Passage, tally: Tally) -> None:
    request, writer = passage.request, passage.link.writer
    framing = (
        b"" if request.length == 0 and request.method in _BODILESS else _framing(request.length)
    )
    line = b"%s %s HTTP/1.1\r\n" % (request.method, passage.target)
    head = line + _lines(passage.fields) + framing + b"\r\n"
    writer.write(head)
    tally.send(len(head))
    chunked = request.length is None
    await _pass(request.body, writer, tally.send, chunked, tally.limits.idle_s)


@dataclass(frozen=True, slots=True)
class Way:
    """Where an answer goes, and past whom."""

    writer: asyncio.StreamWriter
    tally: Tally
    watch: Watch | None


async def _answer(response: Response, request: Request, way: Way) -> None:
    """An answer that may be ended early is sent in chunks, whatever it says of its length."""
    writer, tally, watch = way.writer, way.tally, way.watch
    if watch is not None:
        watch.begin(response.status, dict(response.fields))
        if watch.cut:
            raise Refused(502, "the provider's answer is compressed, so that nobody can meter it")
        response = replace(response, length=None)
    unmeasured = response.length is None
    chunked = unmeasured and request.chunks and not response.body.bodiless
    framing = b"" if unmeasured and not chunked else _framing(response.length)
    keep = b"" if request.keep else b"Connection: close\r\n"
    status = b"HTTP/1.1 %d %s\r\n" % (response.status, response.reason)
    head = status + _lines(passed_on(response.fields)) + framing + keep + b"\r\n"
    writer.write(head)
    tally.receive(len(head))
    body = response.body if watch is None else _Watched(response.body, watch)
    await _pass(body, writer, tally.receive, chunked, tally.limits.answer_s)


class _Watched:
    """A body as far as its watch lets it pass."""

    def __init__(self, body: Incoming, watch: Watch) -> None:
        self.bodiless = body.bodiless
        self._body = body
        self._watch = watch

    @property
    def done(self) -> bool:
        return self._body.done

    async def pieces(self, seconds: float) -> AsyncIterator[bytes]:
        async for piece in self._body.pieces(seconds):
            if passed := self._watch.take(piece):
                yield passed
            if self._watch.cut:
                return


def _framing(length: int | None) -> bytes:
    if length is None:
        return b"Transfer-Encoding: chunked\r\n"
    return b"Content-Length: %d\r\n" % length


def _lines(fields: Headers) -> bytes:
    return b"".join(b"%s: %s\r\n" % (name, value) for name, value in fields)


async def _pass(
    body: Incoming, writer: asyncio.StreamWriter, count: Count, chunked: bool, seconds: float
) -> None:
    async for piece in body.pieces(seconds):
        count(len(piece))
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        await writer.drain()
    if chunked:
        writer.write(b"0\r\n\r\n")
    await writer.drain()
