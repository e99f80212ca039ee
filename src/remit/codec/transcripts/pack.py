"""What is known of files, as bytes: between processes and in the index."""

from __future__ import annotations

import msgspec

from remit.model.scan import FileFacts, FileRead, Merged
from remit.model.transcript import Message

_encode = msgspec.msgpack.Encoder().encode


class _Outline(msgspec.Struct, array_like=True, gc=False):
    facts: FileFacts
    keys: bytes


_outline = msgspec.msgpack.Decoder(_Outline).decode
_read = msgspec.msgpack.Decoder(FileRead).decode
_merged = msgspec.msgpack.Decoder(Merged).decode


def pack_read(read: FileRead) -> bytes:
    return _encode(read)


def unpack_outline(data: bytes) -> tuple[FileFacts, bytes]:
    """The facts and the keys alone. ValueError where :func:`pack_read` did not make ``data``."""
    outline = _outline(data)
    return outline.facts, outline.keys


def unpack_messages(data: bytes) -> tuple[Message, ...]:
    """The messages alone. ValueError where :func:`pack_read` did not make ``data``."""
    return _read(data).messages


def pack_merged(merged: Merged) -> bytes:
    return _encode(merged)


def unpack_merged(data: bytes) -> Merged:
    """ValueError where ``data`` is not what :func:`pack_merged` made."""
    return _merged(data)
