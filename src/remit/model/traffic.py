"""What passes between a client and its model, as far as a budget needs it: never the words."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from remit.model.digest import Digest
from remit.model.usage import Usage


class Caching(StrEnum):
    """For how long the client asks the provider to keep its prompt: dearer to write, if at all."""

    NONE = ""
    FIVE_MINUTES = "5m"
    HOUR = "1h"


class Framing(StrEnum):
    """How a stream is taken apart."""

    EVENTS = "events"
    """Server-sent events."""
    LIST = "list"
    """One JSON array, written while it grows."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a client says came of a call; ``failed`` where it says that the call did."""

    call: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to a model. ``size`` is in bytes; ``most_output`` is what the client permits, in
    tokens, where it says so. The digests are of the system prompt and the tool definitions."""

    dialect: str
    model: str
    size: int
    streams: bool
    most_output: int | None
    caching: Caching
    system: Digest
    tools: Digest
    results: tuple[ToolResult, ...] = ()
    framing: Framing = Framing.EVENTS
    processing: str = ""
    """How it is to be processed where that has a price of its own, as prices name it."""
    added: bytes = b""
    """What goes into its body besides, so that the provider tells what the answer cost. The client
    is not shown what comes of it."""


@dataclass(slots=True)
class Progress:
    """An answer as far as it came. Tokens of ``usage`` are the provider's own count; ``pieces``
    stand for what was written since it last counted, about one a token."""

    message: str = ""
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    searches: int = 0
    counted: bool = False
    """Whether the provider told what it read."""
    ended: bool = False
    """Whether the answer came to its own end, with its whole usage."""
    stop: str = ""
    pieces: int = 0
    processing: str = ""
    speed: str = ""
    calls: list[str] = field(default_factory=list)
