"""What is known of files, as bytes: between processes and in the index."""

from __future__ import annotations

import msgspec

from remit.model.scan import FileRead, Merged
from remit.model.transcript import Message

_encode = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(FileRead).decode
_messages = msgspec.msgpack.Decoder(tuple[Message, ...]).decode
_merged = msgspec.msgpack.Decoder(Merged).decode


def pack_read(read: FileRead) -> bytes:
    return _encode(read)


def unpack_read(data: bytes) -> FileRead:
    """ValueError where ``data`` is not what :func:`pack_read` made."""
    return _read(data)


def pack_messages(messages: tuple[Message, ...]) -> bytes:
    return _encode(messages)


def unpack_messages(data: bytes) -> tuple[Message, ...]:
    """ValueError where ``data`` is not what :func:`pack_messages` made."""
    return _messages(data)


def pack_merged(merged: Merged) -> bytes:
    return _encode(merged)


def unpack_merged(data: bytes) -> Merged:
    """ValueError where ``data`` is not what :func:`pack_merged` made."""
    return _merged(data)
