"""A scripted double of the Messages API on loopback, for tests and ``remit demo --client claude``.

Stateless: the step of a script is the number of assistant messages in the request, so
retries and parallel subagents need no bookkeeping. The first ``[[script:NAME]]`` in the first
user message selects the script (``main`` otherwise); an agent's prompt may name another one.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from remit.model.json import Json, JsonObject

MAX_REQUEST = 64 * 1024 * 1024
_SCRIPT = re.compile(r"\[\[script:([A-Za-z0-9_-]{1,64})\]\]")
_MODEL = "claude-opus-5-5"


@dataclass(frozen=True, slots=True)
class Say:
    """A text block."""

    text: str


@dataclass(frozen=True, slots=True)
class Use:
    """A tool call. Several in one turn are run by the client in parallel."""

    tool: str
    input: JsonObject


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer of the model. ``delay_s`` is waited first; with ``status`` it is an API error
    of that HTTP status, whose message is ``error``, and the client is told not to retry. With
    ``pace_s`` it comes word by word, so many seconds apart. ``read`` and ``wrote`` are the tokens
    it charges for."""

    blocks: tuple[Say | Use, ...] = ()
    delay_s: float = 0.0
    status: int = 200
    error: str = ""
    pace_s: float | None = None
    read: int = 100
    wrote: int = 20


def say(text: str) -> Turn:
    """A turn that only speaks: the end of a script."""
    return Turn((Say(text),))


def use(tool: str, **arguments: Json) -> Turn:
    """A turn with one tool call."""
    return Turn((Use(tool, arguments),))


def together(*calls: Use) -> Turn:
    """A turn with several tool calls at once."""
    return Turn(calls)


DONE = say("Finished.")


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What the client asked: for assertions. ``body`` is the request as sent, ``headers`` are
    by lower-case name."""

    script: str
    step: int
    body: JsonObject
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The whole request as JSON text, to look for words in."""
        return json.dumps(self.body, ensure_ascii=False)

    @property
    def system(self) -> str:
        """The system prompt, blocks joined."""
        return _text_of(self.body.get("system"))

    @property
    def tools(self) -> tuple[str, ...]:
        """Names of the tools on the wire."""
        tools = self.body.get("tools")
        if not isinstance(tools, Sequence):
            return ()
        return tuple(str(tool.get("name", "")) for tool in tools if isinstance(tool, Mapping))


class ScriptedModel:
    """The server. Use as a context manager; give ``url`` to the client as ANTHROPIC_BASE_URL."""

    def __init__(self, scripts: Mapping[str, Sequence[Turn]], port: int = 0) -> None:
        self._scripts = {name: tuple(turns) for name, turns in scripts.items()}
        self._requests: list[ModelRequest] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.model = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def requests(self) -> tuple[ModelRequest, ...]:
        """Every request to ``/v1/messages`` so far, in order of arrival."""
        with self._lock:
            return tuple(self._requests)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, body: JsonObject, headers: Mapping[str, str]) -> Turn:
        """The turn for one request; past the end of a script the model just finishes."""
        script, step = _place(body)
        named = {name.lower(): value for name, value in headers.items()}
        with self._lock:
            self._requests.append(ModelRequest(script, step, body, named))
        turns = self._scripts.get(script)
        if turns is None:
            return Turn(status=400, error=f"no script named {script}")
        return turns[step] if step < len(turns) else DONE


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    model: ScriptedModel

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is an ordinary end of a connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._reply(200, "application/json", b"{}")

    do_HEAD = do_GET

    def do_POST(self) -> None:
        body = self._body()
        if not self.path.split("?")[0].endswith("/v1/messages"):
            self._reply(200, "application/json", b'{"input_tokens": 1}')
            return
        turn = self.server.model.answer(body, dict(self.headers))
        if turn.delay_s:
            time.sleep(turn.delay_s)
        if turn.status != 200:
            error = {"type": "error", "error": {"type": "api_error", "message": turn.error}}
            self._reply(turn.status, "application/json", json.dumps(error).encode())
        elif body.get("stream") and turn.pace_s is not None:
            self._stream(_events(body, turn), turn.pace_s, _request_id(body))
        elif body.get("stream"):
            self._reply(200, "text/event-stream", b"".join(_events(body, turn)), _request_id(body))
        else:
            self._reply(
                200,
                "application/json",
                json.dumps(_message(body, turn)).encode(),
                _request_id(body),
            )

    def _body(self) -> JsonObject:
        length = int(self.headers.get("content-length") or 0)
        if length > MAX_REQUEST:
            raise ValueError(f"a request of {length} bytes is over the limit of {MAX_REQUEST}")
        value = json.loads(self.rfile.read(length) or b"{}")
        return value if isinstance(value, dict) else {}

    def _reply(self, status: int, kind: str, body: bytes, request: str = "req_none") -> None:
        """Headers and body in one segment: apart they cost 20 ms by delayed acknowledgement."""
        head = (
            f"HTTP/1.1 {status} Scripted\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\nx-should-retry: false\r\n"
            f"request-id: {request}\r\n\r\n"
        ).encode()
        self.wfile.write(head if self.command == "HEAD" else head + body)

    def _stream(self, events: Iterator[bytes], pace_s: float, request: str) -> None:
        """Events as they come, in chunks, until the client hangs up."""
        self.wfile.write(
            b"HTTP/1.1 200 Scripted\r\nContent-Type: text/event-stream\r\n"
            b"Transfer-Encoding: chunked\r\nrequest-id: %s\r\n\r\n" % request.encode()
        )
        for event in events:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            if pace_s:
                time.sleep(pace_s)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        """Silent: what was asked is in ``ScriptedModel.requests``."""


def _place(body: JsonObject) -> tuple[str, int]:
    messages = body.get("messages")
    if not isinstance(messages, Sequence) or isinstance(messages, str):
        return "main", 0
    turns = [message for message in messages if isinstance(message, Mapping)]
    first = next((turn for turn in turns if turn.get("role") == "user"), {})
    found = _SCRIPT.search(_text_of(first.get("content")))
    step = sum(1 for turn in turns if turn.get("role") == "assistant")
    return (found[1] if found else "main"), step


def _text_of(content: Json) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return ""
    return "\n".join(str(block.get("text", "")) for block in content if isinstance(block, Mapping))


def _content(body: JsonObject, turn: Turn) -> list[dict[str, Json]]:
    _, step = _place(body)
    blocks: list[dict[str, Json]] = []
    for index, block in enumerate(turn.blocks):
        match block:
            case Say(text):
                blocks.append({"type": "text", "text": text})
            case Use(tool, arguments):
                identity = _call_id(body, step, index)
                blocks.append(
                    {"type": "tool_use", "id": identity, "name": tool, "input": arguments}
                )
    return blocks


def _call_id(body: JsonObject, step: int, index: int) -> str:
    """Different for each call of a conversation, the same when the client asks again."""
    seed = json.dumps([body.get("messages"), step, index], sort_keys=True, default=str)
    return "toolu_" + hashlib.sha256(seed.encode()).hexdigest()[:24]


def _request_id(body: JsonObject) -> str:
    return "req_" + _call_id(body, -2, 0)[6:]


def _message(body: JsonObject, turn: Turn) -> dict[str, Json]:
    content = _content(body, turn)
    calls = any(block["type"] == "tool_use" for block in content)
    return {
        "id": "msg_" + _call_id(body, -1, 0)[6:],
        "type": "message",
        "role": "assistant",
        "model": str(body.get("model") or _MODEL),
        "content": content,
        "stop_reason": "tool_use" if calls else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": turn.read, "output_tokens": turn.wrote},
    }


def _events(body: JsonObject, turn: Turn) -> Iterator[bytes]:
    message = _message(body, turn)
    usage = {"input_tokens": turn.read, "output_tokens": 1}
    start = {**message, "content": [], "stop_reason": None, "usage": usage}
    yield _event("message_start", {"message": start})
    for index, block in enumerate(_content(body, turn)):
        yield from _block_events(index, block, turn.pace_s is not None)
    delta = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield _event("message_delta", {"delta": delta, "usage": {"output_tokens": turn.wrote}})
    yield _event("message_stop", {})


def _block_events(index: int, block: dict[str, Json], by_words: bool) -> Iterator[bytes]:
    if block["type"] == "text":
        empty: dict[str, Json] = {"type": "text", "text": ""}
        kind, name, whole = "text_delta", "text", str(block["text"])
    else:
        empty = {**block, "input": {}}
        kind, name, whole = "input_json_delta", "partial_json", json.dumps(block["input"])
    yield _event("content_block_start", {"index": index, "content_block": empty})
    for part in re.findall(r"\S+\s*|\s+", whole) if by_words else (whole,):
        delta: dict[str, Json] = {"type": kind, name: part}
        yield _event("content_block_delta", {"index": index, "delta": delta})
    yield _event("content_block_stop", {"index": index})


def _event(name: str, data: dict[str, Json]) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode()
