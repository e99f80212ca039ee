"""When the agent could have changed something, and when it could not.

A gap is a time in which no call was in flight and no process of the run but the client was alive.
What changed inside a gap, after a comparison in that same gap, was changed by others.
Anything uncertain counts as the agent's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MARGIN_NS = 25_000_000
"""File times move in steps of up to 10 ms, and the clock is read a moment late."""


@dataclass(slots=True)
class Activity:
    """The gaps of one run, in wall-clock nanoseconds. It starts in a gap: nothing runs yet."""

    _open_ns: int | None
    """Since when the present gap is known to be clean, None outside of a gap."""
    _compared: bool = True
    """Whether the tree was compared since the present gap began."""
    _closed: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def since(cls, snapshot_ns: int) -> Activity:
        """Nothing of the run has started; the tree was last seen at ``snapshot_ns``."""
        return cls(snapshot_ns)

    def began(self, now_ns: int) -> None:
        """A call starts, or a process of the run appeared."""
        if self._open_ns is not None and self._compared:
            self._closed.append((self._open_ns, now_ns))
        self._open_ns = None

    def ended(self, now_ns: int, descendants_alive: bool) -> None:
        """No call is in flight any more; a living descendant may still write."""
        if self._open_ns is None and not descendants_alive:
            self._open_ns, self._compared = now_ns, False

    def compared(self, now_ns: int) -> None:
        """The tree was compared; ``now_ns`` is when that comparison began."""
        self._closed.clear()
        if self._open_ns is not None:
            self._open_ns, self._compared = now_ns, True

    def excludes(self, changed_ns: int, now_ns: int) -> bool:
        """Whether a change at ``changed_ns``, seen first now, cannot be the agent's."""
        gaps = list(self._closed)
        if self._open_ns is not None and self._compared:
            gaps.append((self._open_ns, now_ns + MARGIN_NS))
        return any(start + MARGIN_NS <= changed_ns <= end - MARGIN_NS for start, end in gaps)
