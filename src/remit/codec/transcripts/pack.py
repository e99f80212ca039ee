"""What is known of a file, as bytes: between processes and in the index."""

from __future__ import annotations

import msgspec

from remit.model.scan import FileFacts
from remit.model.transcript import Message

_encode = msgspec.msgpack.Encoder().encode
_facts = msgspec.msgpack.Decoder(FileFacts).decode
_messages = msgspec.msgpack.Decoder(tuple[Message, ...]).decode


def pack_facts(facts: FileFacts) -> bytes:
    return _encode(facts)


def unpack_facts(data: bytes) -> FileFacts:
    """ValueError where ``data`` is not what :func:`pack_facts` made."""
    return _facts(data)


def pack_messages(messages: tuple[Message, ...]) -> bytes:
    return _encode(messages)


def unpack_messages(data: bytes) -> tuple[Message, ...]:
    """ValueError where ``data`` is not what :func:`pack_messages` made."""
    return _messages(data)
