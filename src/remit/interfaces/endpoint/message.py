"""HTTP/1.1 messages that pass through: read strictly, never passed on as they came.

What one side means by a message must be what the other side reads. So a head is parsed, judged
and written anew, and a body is framed anew. A head with two readings is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

import httptools

MAX_HEAD = 64 * 1024
MAX_HEADERS = 200
Headers = tuple[tuple[bytes, bytes], ...]
_ONCE = frozenset({b"host", b"content-length", b"transfer-encoding", b"proxy-authorization"})
_HOP = frozenset(
    {
        b"connection",
        b"proxy-connection",
        b"proxy-authorization",
        b"proxy-authenticate",
        b"keep-alive",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"content-length",
        b"expect",
    }
)
_NO_BODY = frozenset({204, 304})


class Refused(Exception):
    """A message that is not passed on: the status and the sentence to answer with."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(slots=True)
class _Parsed:
    """What httptools calls back with."""

    target: bytes = b""
    status: bytes = b""
    fields: list[tuple[bytes, bytes]] | None = None
    pieces: list[bytes] | None = None
    begun: int = 0
    done: bool = False

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_status(self, status: bytes) -> None:
        self.status += status

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields = [*(self.fields or ()), (name.lower(), value)]
        if len(self.fields) > MAX_HEADERS:
            raise Refused(431, "too many headers")

    def on_body(self, body: bytes) -> None:
        self.pieces = [*(self.pieces or ()), body]

    def on_message_complete(self) -> None:
        self.done = True

    def taken(self) -> list[bytes]:
        pieces, self.pieces = self.pieces or [], None
        return pieces


async def read_head(reader: asyncio.StreamReader, seconds: float) -> bytes:
    """The bytes up to the empty line; ``b""`` where the other side left before it spoke."""
    try:
        async with asyncio.timeout(seconds):
            return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise Refused(400, "the request ended in its head") from None
        return b""
    except asyncio.LimitOverrunError:
        raise Refused(431, "the head is too long") from None
    except TimeoutError:
        raise Refused(408, "no whole head came in time") from None


def _fed(parser: httptools.HttpRequestParser | httptools.HttpResponseParser, data: bytes) -> None:
    """Feed ``data``; llhttp's own refusals become ours."""
    try:
        parser.feed_data(data)
    except httptools.HttpParserUpgrade:
        return
    except httptools.HttpParserCallbackError as error:
        if isinstance(error.__context__, Refused):
            raise error.__context__ from None
        raise Refused(400, "not an HTTP message") from None
    except httptools.HttpParserError:
        raise Refused(400, "not an HTTP message") from None


def _single(fields: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """The fields by name; Refused where one that decides about framing is doubled."""
    found: dict[bytes, bytes] = {}
    for name, value in fields:
        if name in _ONCE and name in found:
            raise Refused(400, f"two {name.decode()} headers")
        found[name] = value
    if b"content-length" in found and b"transfer-encoding" in found:
        raise Refused(400, "content-length and transfer-encoding together")
    if found.get(b"transfer-encoding", b"chunked").lower() != b"chunked":
        raise Refused(400, "an unknown transfer-encoding")
    return found


def passed_on(fields: Headers) -> Headers:
    """The fields that are the other side's business: none of those between two neighbours."""
    listed = b",".join(value for name, value in fields if name == b"connection")
    own = _HOP | {name.strip().lower() for name in listed.split(b",")}
    return tuple((name, value) for name, value in fields if name not in own)


Parser = httptools.HttpRequestParser | httptools.HttpResponseParser


class Incoming(Protocol):
    """A body to come, piece by piece."""

    bodiless: bool
    """Whether there is none, whatever its head says of a length."""

    @property
    def done(self) -> bool: ...

    def pieces(self, seconds: float) -> AsyncIterator[bytes]:
        """Every piece as soon as it is there; TimeoutError after ``seconds`` of silence."""


class Gathered:
    """A body that is here already, read by :func:`gather_body`."""

    bodiless = False
    done = True

    def __init__(self, data: bytes) -> None:
        self.data = data

    async def pieces(self, seconds: float) -> AsyncIterator[bytes]:
        if self.data:
            yield self.data


async def gather_body(request: Request, most: int, seconds: float) -> Request:
    """``request`` with its whole body read. Raises Refused where it is over ``most`` bytes."""
    found = bytearray()
    async for piece in request.body.pieces(seconds):
        found += piece
        if len(found) > most:
            raise Refused(413, f"a request to a model may have {most // 1024**2} MiB at most")
    return replace(request, body=Gathered(bytes(found)), length=len(found), continues=False)


class Body:
    """A body as it arrives, decoded by the parser that read its head."""

    def __init__(self, reader: asyncio.StreamReader, parser: Parser, parsed: _Parsed) -> None:
        self._reader = reader
        self._parser = parser
        self._parsed = parsed
        self.until_close = False
        """Whether it ends where the connection ends."""
        self.bodiless = False

    @property
    def done(self) -> bool:
        return self._parsed.done

    async def pieces(self, seconds: float) -> AsyncIterator[bytes]:
        """Every piece as soon as it is there; TimeoutError after ``seconds`` of silence."""
        while True:
            for piece in self._parsed.taken():
                yield piece
            if self.done:
                return
            async with asyncio.timeout(seconds):
                data = await self._reader.read(MAX_HEAD)
            if not data and self.until_close:
                return
            if not data:
                raise Refused(400, "the message ended in its body")
            _fed(self._parser, data)
            if self._parsed.begun > 1:
                raise Refused(400, "one message at a time")


@dataclass(frozen=True, slots=True)
class Request:
    """A request head and its body to come. ``length`` is None for a chunked body."""

    method: bytes
    target: bytes
    fields: Headers
    keep: bool
    chunks: bool
    """Whether the client reads chunks: one that speaks HTTP/1.0 does not."""
    length: int | None
    continues: bool
    """The client waits to be told to send the body."""
    body: Incoming

    def field(self, name: bytes) -> bytes:
        """The last value of a header by its lower-case name; empty where there is none."""
        return dict(self.fields).get(name, b"")


@dataclass(frozen=True, slots=True)
class Response:
    """A response head and its body to come. ``length`` is None where it is not said."""

    status: int
    reason: bytes
    fields: Headers
    keep: bool
    length: int | None
    body: Incoming


async def read_request(reader: asyncio.StreamReader, seconds: float) -> Request | None:
    """The next request of a connection; None where there is none. Raises Refused."""
    head = await read_head(reader, seconds)
    if not head:
        return None
    parsed = _Parsed()
    parser = httptools.HttpRequestParser(parsed)
    _fed(parser, head)
    fields = tuple(parsed.fields or ())
    single = _single(fields)
    if parsed.begun != 1 or b"upgrade" in single:
        raise Refused(400, "one plain request at a time")
    modern = parser.get_http_version() == "1.1"
    if not modern and b"transfer-encoding" in single:
        raise Refused(400, "chunks are not known to HTTP/1.0")
    chunked = b"transfer-encoding" in single
    return Request(
        parser.get_method(),
        parsed.target,
        fields,
        modern and parser.should_keep_alive(),
        modern,
        None if chunked else int(single.get(b"content-length", b"0")),
        single.get(b"expect", b"").lower() == b"100-continue",
        Body(reader, parser, parsed),
    )


async def read_response(reader: asyncio.StreamReader, seconds: float, method: bytes) -> Response:
    """The response to a request of ``method``; interim ones are dropped. Raises Refused."""
    for _ in range(8):
        head = await read_head(reader, seconds)
        if not head:
            raise Refused(502, "the other side closed without an answer")
        parsed = _Parsed()
        parser = httptools.HttpResponseParser(parsed)
        _fed(parser, head)
        if parser.get_status_code() >= 200:
            return _response(reader, parser, parsed, method)
    raise Refused(502, "too many interim answers")


def _response(
    reader: asyncio.StreamReader,
    parser: httptools.HttpResponseParser,
    parsed: _Parsed,
    method: bytes,
) -> Response:
    fields = tuple(parsed.fields or ())
    single = _single(fields)
    status = parser.get_status_code()
    body = Body(reader, parser, parsed)
    length = int(single[b"content-length"]) if b"content-length" in single else None
    if method == b"HEAD" or status in _NO_BODY:
        parsed.done = body.bodiless = True
    elif length is None and b"transfer-encoding" not in single:
        body.until_close = True
    keep = parser.should_keep_alive() and not body.until_close
    return Response(status, parsed.status, fields, keep, length, body)
