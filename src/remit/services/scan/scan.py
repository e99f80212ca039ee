"""Scans transcripts: find, read what is new in several processes, count each message once."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from remit import __version__
from remit.codec.transcripts.pack import (
    pack_merged,
    pack_read,
    unpack_merged,
)
from remit.model.loops import LoopLimits
from remit.model.prices import PriceTable
from remit.model.scan import Merged, ScanReport
from remit.services.scan.count import Counting, zone
from remit.services.scan.find import Found
from remit.services.scan.merge import Kept, kept, keys_of, merge
from remit.services.scan.prices import Pricing
from remit.services.scan.read import read
from remit.services.scan.report import Filter, report
from remit.storage.scan_index import Row, ScanIndex
from remit.system.spread import processors, spread

WORTH_A_PROCESS = 16 * 1024 * 1024
"""Bytes below which a second process costs more than it gains."""
_FORMAT = 3
"""Of what the index holds."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What to read, at which prices, and what of it to report."""

    found: tuple[Found, ...]
    prices: PriceTable
    filter: Filter


def scan(
    scan: Scan, index: ScanIndex, progress: Callable[[int], None] = lambda begun: None
) -> ScanReport:
    """The report; ``progress`` is told how many files were begun.

    Files that ``index`` knows as they are now are not read again.
    """
    counting = Counting(Pricing(scan.prices), LoopLimits())
    gc.disable()  # nothing here is cyclic, and there are many small values
    try:
        merged, unreadable = _merged(scan, index, counting, progress)
    finally:
        gc.enable()
    return report(merged, scan.found, unreadable, counting.pricing, scan.filter)


def _merged(
    scan: Scan, index: ScanIndex, counting: Counting, progress: Callable[[int], None]
) -> tuple[Merged, tuple[str, ...]]:
    basis = _basis(scan.prices)
    if index.note("basis") != basis:
        index.forget()
    stamps = index.stamps()
    changed = [found for found in scan.found if stamps.get(found.name) != found.stamp]
    fresh = _read_all(changed, counting, progress)
    unreadable = tuple(found.name for found in changed if found.name not in fresh)
    places = _digest("\0".join(found.name for found in scan.found).encode())
    last = _last(index, places) if not unreadable else None
    merged = _brought_up(last, fresh, scan.found, index) if last else None
    if merged is None:
        merged = merge(_all_reads(scan.found, fresh, index, counting), counting)
    if fresh or last is None:
        rows = (
            Row(found.name, found.stamp, known.keys, known.packed)
            for found in changed
            if (known := fresh.get(found.name))
        )
        index.keep(rows, (), {"basis": basis, "places": places, "merged": pack_merged(merged)})
    return merged, unreadable


def _basis(prices: PriceTable) -> bytes:
    """What the numbers in the index rest upon beside the files."""
    own = repr(prices.own)
    parts = (_FORMAT, __version__, prices.source, prices.digest, own, zone(), LoopLimits())
    return _digest(repr(parts).encode())


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def _last(index: ScanIndex, places: bytes) -> Merged | None:
    """The last result, where it was of the same files."""
    if index.note("places") != places or (packed := index.note("merged")) is None:
        return None
    try:
        return unpack_merged(packed)
    except ValueError:
        return None


def _brought_up(
    last: Merged, fresh: dict[str, Kept], found: Sequence[Found], index: ScanIndex
) -> Merged | None:
    """``last`` with what changed, None where a changed file shares messages with another one."""
    if not fresh:
        return last
    places = {one.name: at for at, one in enumerate(found)}
    if len(last.files) != len(found) or any(places[path] in last.shared for path in fresh):
        return None
    keys: set[int] = set()
    for each in fresh.values():
        own = keys_of(each.keys)
        if not keys.isdisjoint(own):
            return None
        keys.update(own)
    for path, packed in index.all_keys():
        if path in fresh:
            continue
        if packed is None or not keys.isdisjoint(keys_of(packed)):
            return None
    files = list(last.files)
    for path, each in fresh.items():
        files[places[path]] = each.facts
    return replace(last, files=tuple(files))


def _all_reads(
    found: Sequence[Found], fresh: dict[str, Kept], index: ScanIndex, counting: Counting
) -> list[Kept]:
    """Every file that can be read: fresh, from the index, or read again where it is damaged."""
    known = dict(fresh)
    if len(fresh) < len(found):
        for path, packed in index.all_contents():
            if path not in known and (whole := _unpacked(packed)):
                known[path] = whole
    missing = [each for each in found if each.name not in known]
    known |= _read_all(missing, counting, lambda begun: None)
    return [known[each.name] for each in found if each.name in known]


def _unpacked(packed: bytes) -> Kept | None:
    try:
        return kept(packed)
    except ValueError:
        return None


def _read_all(
    found: Sequence[Found], counting: Counting, progress: Callable[[int], None]
) -> dict[str, Kept]:
    """By path. Longest first, so that no process is left with a long one at the end."""
    order = sorted(found, key=lambda each: -each.size)
    volume = sum(each.size for each in order)
    processes = processors() if volume > WORTH_A_PROCESS else 1

    def work(job: int) -> bytes:
        try:
            return pack_read(counting.count(read(order[job])))
        except (OSError, OverflowError):  # numbers nobody's session adds up to
            return b""

    results = zip(order, spread(len(order), work, processes, progress), strict=True)
    return {each.name: kept(packed) for each, packed in results if packed}
