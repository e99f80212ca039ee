"""Counts edits that take a file back, and reads that bring what is known already."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.loops import LoopKind, LoopLimits, Streak
from remit.model.transcript import PastCall

MOST = 256
"""Files and reads that are remembered."""
_DEPTH = 32
READS = frozenset(
    {"Read", "NotebookRead", "Grep", "Glob", "LS", "read_file", "open", "view"}
    | {"list_directory", "glob", "grep_search", "search_file_content", "read_many_files"}
)


class Edits:
    """State for one actor. What an edit put is taken off again by the edit that undoes it."""

    def __init__(self, limits: LoopLimits) -> None:
        self._limits = limits
        self.count = 0
        self._steps: dict[str, list[tuple[int, int]]] = {}
        self._returns: dict[str, tuple[int, int]] = {}
        self._reads: dict[int, tuple[int, int, int]] = {}

    def see(self, call: PastCall, place: int) -> Iterator[Streak]:
        """``call`` went well, and edits or reads."""
        if call.after or call.before:
            self.count += 1
            self._reads.clear()
            yield from self._edit(call, place)
        else:
            yield from self._read(call, place)

    def _edit(self, call: PastCall, place: int) -> Iterator[Streak]:
        steps = self._steps.setdefault(call.subject, [])
        if len(self._steps) > MOST:
            del self._steps[next(iter(self._steps))]
        if not _goes_back(steps, call):
            del steps[:-_DEPTH]
            return
        count, first = self._returns.get(call.subject, (0, place))
        self._returns[call.subject] = (count + 1, first)
        yield Streak(LoopKind.OSCILLATION, count + 1, first, self._limits.oscillation)

    def _read(self, call: PastCall, place: int) -> Iterator[Streak]:
        count, first, result = self._reads.pop(call.arguments, (0, place, call.result))
        if result != call.result:
            count, first = 0, place
        self._reads[call.arguments] = (count + 1, first, call.result)
        if len(self._reads) > MOST:
            del self._reads[next(iter(self._reads))]
        if count:
            yield Streak(LoopKind.REREAD, count + 1, first, self._limits.reread)


def _goes_back(steps: list[tuple[int, int]], call: PastCall) -> bool:
    """Whether the edit undoes the last one, or a whole write brings back an earlier content."""
    if call.before:
        if steps and steps[-1] == (call.after, call.before):
            steps.pop()
            return True
        steps.append((call.before, call.after))
        return False
    written = (0, call.after)
    if written in steps[:-1] and steps[-1] != written:
        del steps[steps.index(written) + 1 :]
        return True
    if not steps or steps[-1] != written:
        steps.append(written)
    return False
