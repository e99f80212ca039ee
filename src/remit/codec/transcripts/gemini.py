"""Session records of Gemini CLI: lines of JSON that later lines bring up to date, and the one JSON
document that older clients write anew for each message.

A message is written again whenever one of its calls ends, and whole histories are written again
when they are compressed. So a message is its id, and a call its id within its message. What was
rewound was used all the same. Input includes what was read from the cache; thoughts and the
prompts of tools stand beside output and input.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from typing import Annotated, TypeAlias

import msgspec

from remit.codec.transcripts.arguments import asked_of
from remit.codec.transcripts.claude_code import KEPT
from remit.codec.transcripts.sink import MOST_TOKENS, Said, Sink
from remit.model.usage import Usage

_KINDS = frozenset({b'"user"', b'"gemini"', b'"info"', b'"error"', b'"warning"'})
_ENDED = frozenset({"success", "error", "cancelled"})
_EXIT = re.compile(rb"\\nExit Code: -?[1-9]|\\nSignal: [1-9]")
_TAIL = 400
"""Bytes at the end of a command's result in which its exit code stands."""
_FIRST_OF_AN_ANSWER = re.compile(r"(?:_\d{13}_|#\d+-)0$")
_HASH = re.compile(r"[0-9a-f]{64}")
_SHOWN = 12
_LONGEST_PATH = 4096
_MOST_PLACES = 64
"""Paths of calls that are looked at to find the folder of a project."""
_MESSAGE_ENDS = b"\n    }"
"""In a document as the client lays it out; no text holds a line end of its own."""

_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MOST_TOKENS)]
_NULL = msgspec.Raw(b"null")


class _Tokens(msgspec.Struct, gc=False):
    input: _Count | None = 0
    output: _Count | None = 0
    cached: _Count | None = 0
    thoughts: _Count | None = 0
    tool: _Count | None = 0


class _Call(msgspec.Struct, gc=False):
    id: str = ""
    name: str = ""
    args: msgspec.Raw = msgspec.Raw(b"{}")
    result: msgspec.Raw = _NULL
    status: str = ""
    timestamp: str = ""


class _Response(msgspec.Struct, gc=False):
    response: msgspec.Raw = _NULL


class _Part(msgspec.Struct, gc=False):
    functionResponse: _Response | None = None


class _Update(msgspec.Struct, gc=False):
    messages: list[msgspec.Raw] | None = None


class _Record(msgspec.Struct, gc=False):
    """A message, the head of a session, or an update of it; a document is a head with messages."""

    id: str = ""
    timestamp: str = ""
    type: str = ""
    model: str | None = None
    tokens: _Tokens | None = None
    toolCalls: list[msgspec.Raw] | None = None
    sessionId: str = ""
    projectHash: str = ""
    kind: str | None = None
    directories: list[str] | None = None
    messages: list[msgspec.Raw] | None = None
    update: _Update | None = msgspec.field(default=None, name="$set")


class _Sign(msgspec.Struct, gc=False):
    """What no other agent writes at the top of a record, of whatever type it is."""

    id: msgspec.Raw = _NULL
    type: msgspec.Raw = _NULL
    projectHash: msgspec.Raw = _NULL


_sign = msgspec.json.Decoder(_Sign).decode
_record = msgspec.json.Decoder(_Record).decode
_call = msgspec.json.Decoder(_Call).decode
_parts = msgspec.json.Decoder(list[_Part]).decode
_NOTHING = _Record()
_UNFIT = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def is_session(lines: Iterable[bytes]) -> bool:
    """Whether ``lines`` begin a session of Gemini CLI: the first that can be read says so."""
    for line in lines:
        try:
            sign = _sign(line)
        except _UNFIT:
            continue
        named = bytes(sign.id).startswith(b'"') and bytes(sign.type) in _KINDS
        return named or bytes(sign.projectHash) != b"null"
    return False


@dataclass(slots=True)
class _Message:
    """What is known of one message: when it was first written, and which of its answers asked for
    each call.

    Older clients add the calls of the answers that follow to a message, and lose the usage of
    those: each is an answer without usage.
    """

    at: str
    answers: int = 0
    calls: dict[str, int] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)

    def answer(self, call: str) -> int:
        """The number of the answer that asked for ``call``, 1 for the message's own."""
        if call not in self.calls:
            self.answers += _FIRST_OF_AN_ANSWER.search(call) is not None
            self.calls[call] = max(self.answers, 1)
        return self.calls[call]


class Gemini:
    """Reads the lines of one file, block after block, or a document, into a sink. ``close`` at the
    end.

    ``roots`` are folders the session may have begun in: a record only holds a digest of its own.
    ``subagent`` is the name that the file's place gives, ``""`` where it is none of a subagent.
    """

    def __init__(self, sink: Sink, roots: Iterable[str], subagent: str = "") -> None:
        self._sink = sink
        self._roots = roots
        self._subagent = subagent
        self._line = 0
        self._session = self._hash = self._project = ""
        self._places: dict[str, None] = {}
        self._messages: dict[str, _Message] = {}

    def feed(self, block: bytearray, end: int) -> None:
        """Take the whole lines in ``block[:end]``. Nothing of the block is kept."""
        for line in bytes(memoryview(block)[:end]).split(b"\n")[:-1]:
            self._line += 1
            if line.strip():
                self._take(line, _decoded(line))

    def document(self, data: bytes) -> bool:
        """Take a whole document. Whether it breaks off: then its complete messages are taken."""
        self._line = 1
        whole = _decoded(data)
        cut = whole is None and not data.rstrip().endswith(b"}")
        if cut:
            data = data[: data.rfind(_MESSAGE_ENDS) + len(_MESSAGE_ENDS)] + b"]}"
            whole = _decoded(data) or _NOTHING
        self._take(data, whole)
        return cut

    def close(self) -> None:
        """Say where the session began, which only the whole file may tell."""
        if not self._project:
            self._begin(self._places)
        if self._session or self._project:
            self._sink.belongs(self._session, self._project or _unknown(self._hash))

    def _take(self, text: bytes, record: _Record | None) -> None:
        if record is None:
            self._sink.unreadable()
        elif record.id:
            self._message(text, record, self._line)
        else:
            self._head(record)
            for listed in (record.messages, record.update and record.update.messages):
                for piece, line in _pieces(listed or (), text, self._line):
                    if (message := _decoded(piece)) is None:
                        self._sink.unreadable()
                    else:
                        self._message(piece, message, line)

    # the session

    def _head(self, head: _Record) -> None:
        if not head.projectHash:
            return
        self._session = self._session or head.sessionId
        self._hash = head.projectHash
        if head.kind == "subagent":
            self._subagent = self._subagent or head.sessionId or "subagent"
        self._begin(head.directories or ())

    def _begin(self, named: Iterable[str]) -> None:
        """The folder whose digest is the recorded one, of those ``named`` and those known."""
        if self._project:
            return
        for place in chain(named, self._roots):
            if sha256(place.encode("utf-8", "surrogatepass")).hexdigest() == self._hash:
                self._project = place
                self._sink.moved(place)
                return

    # messages and their calls

    def _message(self, text: bytes, record: _Record, line: int) -> None:
        if record.type != "gemini" or not record.id:
            return
        message = self._messages.get(record.id)
        if message is None:
            self._messages[record.id] = message = _Message(record.timestamp)
        if record.tokens or record.model or record.toolCalls:
            self._sink.said(self._said(record, message.at))
        for place, (piece, at) in enumerate(_pieces(record.toolCalls or (), text, line)):
            try:
                call = _call(piece)
            except _UNFIT:
                self._sink.unreadable()
            else:
                name = call.id or f"{record.id} {place}"
                if name not in message.ended:
                    self._asked(record, message, call, name, at)

    def _said(self, record: _Record, at: str) -> Said:
        usage = _usage(record.tokens) if record.tokens else Usage()
        return Said(record.id, at, at, record.model or "", self._subagent, usage, "", "")

    def _asked(self, record: _Record, message: _Message, call: _Call, name: str, line: int) -> None:
        if (number := message.answer(name)) > 1:
            said = self._said(record, message.at)
            at = call.timestamp or said.at
            self._sink.said(said._replace(id=f"{said.id} {number}", at=at, usage=Usage()))
        asked = asked_of(name, call.name, bytes(call.args))
        if not self._project and len(self._places) < _MOST_PLACES:
            self._places.update(dict.fromkeys(_above(asked.subject)))
        self._sink.asked(asked, line)
        if call.status in _ENDED:
            message.ended.add(name)
            content = _content(call.result)
            self._sink.answered(name, _failed(call, content), content[:KEPT])


def _decoded(text: bytes) -> _Record | None:
    try:
        return _record(text)
    except _UNFIT:
        return None


def _pieces(listed: Iterable[msgspec.Raw], text: bytes, line: int) -> Iterator[tuple[bytes, int]]:
    """What is ``listed`` in ``text``, in its order, and the line where each begins."""
    at = 0
    for raw in listed:
        piece = bytes(raw)
        found = text.find(piece, at)
        line += text.count(b"\n", at, found)
        yield piece, line
        at = found + len(piece)
        line += piece.count(b"\n")


def _content(result: msgspec.Raw) -> bytes:
    """The result without its envelope, in which every call has a name of its own."""
    try:
        parts = _parts(result)
    except _UNFIT:
        return bytes(result)
    responses = [bytes(part.functionResponse.response) for part in parts if part.functionResponse]
    return b" ".join(responses) or bytes(result)


def _failed(call: _Call, content: bytes) -> bool:
    """A command that ends with an exit code of its own is recorded as a success."""
    if call.status != "success":
        return True
    return call.name == "run_shell_command" and _EXIT.search(content[-_TAIL:]) is not None


def _usage(tokens: _Tokens) -> Usage:
    prompt = tokens.input or 0
    cached = min(tokens.cached or 0, prompt)
    output = (tokens.output or 0) + (tokens.thoughts or 0)
    return Usage(prompt - cached + (tokens.tool or 0), output, 0, 0, cached)


def _above(path: str) -> Iterator[str]:
    """The folders that ``path`` lies in, itself first; nothing for what is no path."""
    if len(path) > _LONGEST_PATH or not path.startswith("/"):
        return
    while path.strip("/"):
        yield path
        path = posixpath.dirname(path)


def _unknown(digest: str) -> str:
    """What a project is called whose folder nobody knows: no path, so that it is not taken for
    one."""
    if not _HASH.fullmatch(digest):
        return ""
    return f"folder unknown (Gemini project {digest[:_SHOWN]})"
