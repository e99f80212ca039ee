"""Measures a run's change against the state it started from, path by path as it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from remit.errors import RemitError
from remit.model.budget_events import PatchMeasured
from remit.model.digest import Digest
from remit.model.events import TreeCompared
from remit.model.limits import PATCH_LINES
from remit.model.state import RunState
from remit.model.tree import Change, PathChange, Standing
from remit.policy.budget_lines import cap_of
from remit.policy.patch_size import changed_lines, is_binary
from remit.services.recorder import Recorder
from remit.system.files import count_lines

OWN = frozenset({Standing.IN_SCOPE, Standing.OUT_OF_SCOPE})
"""What the run itself changed."""
_OF_CONTENT = frozenset({Change.ADDED, Change.MODIFIED, Change.DELETED, Change.KIND})


@dataclass(slots=True)
class Patch:
    """The change of one run in the tree at ``root``. ``read`` gives the content of a digest;
    RemitError where none is kept. What others changed and what is an artifact is no part of it."""

    root: bytes
    read: Callable[[Digest], bytes]
    _lines: dict[str, int | None] = field(default_factory=dict)
    """By path; None is "cannot be counted"."""

    def take(self, changes: Iterable[PathChange]) -> PatchMeasured:
        """The size of the whole change after ``changes``."""
        for change in changes:
            if change.standing in OWN and change.change in _OF_CONTENT:
                self._lines[change.path] = self._counted(change)
            else:
                self._lines.pop(change.path, None)
        counts = self._lines.values()
        lines = sum(filter(None, counts))
        return PatchMeasured(lines, len(counts), sum(count is None for count in counts))

    def _counted(self, change: PathChange) -> int | None:
        """A file too large to be kept counts all its lines."""
        try:
            before, after = self._content(change.before), self._content(change.after)
        except RemitError:
            return count_lines(self.root, change.path)
        if change.after is None and change.change is not Change.DELETED:
            return count_lines(self.root, change.path)
        return None if is_binary(before) or is_binary(after) else changed_lines(before, after)

    def _content(self, digest: Digest | None) -> bytes:
        return b"" if digest is None else self.read(digest)


class Measured(Protocol):
    """The comparison of the tree, as far as its size is asked for."""

    def measure(self, compared: TreeCompared) -> PatchMeasured:
        """How large the run's own change is after ``compared``."""


def measure(tree: Measured, recorder: Recorder, compared: TreeCompared) -> str:
    """Stage how large the change is, where the contract limits that; what is over the limit."""
    contract = recorder.state.contract
    if contract is None or contract.budget.patch_lines is None:
        return ""
    measured = tree.measure(compared)
    recorder.stage(measured)
    return too_large(measured, recorder.state)


def too_large(measured: PatchMeasured, state: RunState) -> str:
    """What is over the limit, for people; empty where nothing is."""
    cap = cap_of(PATCH_LINES, state.contract.budget, state.extended) if state.contract else None
    if cap is None or measured.lines <= cap:
        return ""
    left = f", without {measured.uncounted} that count no lines" if measured.uncounted else ""
    return (
        f"the change has {measured.lines} added and removed lines in {measured.files} files{left}; "
        f"the contract allows {PATCH_LINES.told(cap)}"
    )
