"""A way of speaking to a model: what every provider's is asked for."""

from __future__ import annotations

from typing import Protocol

from remit.model.traffic import Asked, Progress


class AnswerReader(Protocol):
    """Follows one answer. It raises nothing: what it cannot read counts as though all of it were
    the answer's words."""

    progress: Progress

    def event(self, data: bytes) -> None:
        """One event of a stream, without its field names."""

    def whole(self, body: bytes) -> None:
        """An answer that came in one piece."""

    def ending(self, reason: str) -> bytes:
        """What ends the stream here so that the client takes it for a whole answer, with
        ``reason`` as its last words."""


class Dialect(Protocol):
    """``reads`` tells requests that are answered for money, by the path below the base address."""

    name: str

    def reads(self, path: str) -> bool: ...

    def asked(self, path: str, body: bytes) -> Asked:
        """The request in ``body``; ValueError where it cannot be read."""

    def reader(self, asked: Asked) -> AnswerReader: ...

    def refusal(self, message: str) -> bytes:
        """The body of an error that the client shows in plain words."""
