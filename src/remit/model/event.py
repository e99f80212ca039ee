"""What every event is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events: only a kind and a schema version."""

    kind: ClassVar[str] = ""
    schema: ClassVar[int] = 1
