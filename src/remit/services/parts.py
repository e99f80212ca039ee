"""Events as they are kept: without secrets, and cut to the size of an entry, because an agent
can make any list of paths as long as it likes. The state of the run is folded from them uncut.

What an entry says of paths that nothing else says is spread over several entries; what only
repeats the snapshot, the commit or a comparison is cut, and tells how much was left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from remit.model import events as e
from remit.model.budget_events import FilesInspected
from remit.model.tree import PathChange
from remit.services.excerpts import kept_effects, kept_reasons, kept_text

ROOM = 256 * 1024
"""Bytes one list of an entry may take; a whole entry may have four times as many."""
_CHANGE = 400
"""Bytes of a change beside its path: two digests, the names of its fields, its standing."""

_Item = TypeVar("_Item")


def in_parts(event: e.Event) -> tuple[e.Event, ...]:
    """``event`` as one or more events that each fit into an entry."""
    match event:
        case e.TreeCompared(changes=changes) if len(changes) > 1:
            return tuple(_compared(event))
        case e.PathsRestored(paths=paths) if len(paths) > 1:
            sizes = [_size(path) for path in paths]
            return tuple(replace(event, paths=part) for part in _parted(paths, sizes))
        case FilesInspected(files=files) if len(files) > 1:
            sizes = [_size(name) for name in files]
            return tuple(replace(event, files=part) for part in _parted(files, sizes))
        case e.RunStopped(message=message, paths=paths):
            return (replace(event, message=kept_text(message), paths=_cut(paths)),)
        case e.ToolRequested(effects=effects):
            return (replace(event, effects=kept_effects(effects)),)
        case e.DecisionMade(reasons=reasons) if reasons:
            return (replace(event, reasons=kept_reasons(reasons)),)
        case e.PressureRecorded(subject=subject, message=message, would_need=need):
            texts = kept_text(subject), kept_text(message), kept_text(need)
            return (replace(event, subject=texts[0], message=texts[1], would_need=texts[2]),)
        case e.CommitMade(files=files):
            return (replace(event, files=_cut(files)),)
        case e.RunOpened(dirty=dirty):
            return (replace(event, dirty=_cut(dirty)),)
        case e.SnapshotTaken(digest_only=kept, stat_only=passed):
            return (replace(event, digest_only=_cut(kept), stat_only=_cut(passed)),)
    return (event,)


def _compared(event: e.TreeCompared) -> Iterator[e.TreeCompared]:
    """The time it took stands in the first part alone, so that times may be added up."""
    sizes = [_CHANGE + _size(change.path) for change in event.changes]
    took_us = event.took_us
    part: tuple[PathChange, ...]
    for part in _parted(event.changes, sizes):
        yield replace(event, changes=part, took_us=took_us)
        took_us = 0


def _parted(items: Sequence[_Item], sizes: Sequence[int]) -> Iterator[tuple[_Item, ...]]:
    start, used = 0, 0
    for place, size in enumerate(sizes):
        if used + size > ROOM and place > start:
            yield tuple(items[start:place])
            start, used = place, 0
        used += size
    yield tuple(items[start:])


def _cut(paths: tuple[str, ...]) -> tuple[str, ...]:
    if not paths:
        return paths
    first = next(_parted(paths, [_size(path) for path in paths]))
    left = len(paths) - len(first)
    return (*first, f"… and {left} more") if left else paths


def _size(path: str) -> int:
    """Bytes of ``path`` in an entry, with its quotes and comma."""
    return len(json.dumps(path)) + 1
