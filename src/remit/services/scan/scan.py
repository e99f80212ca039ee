"""Scans transcripts: find, read what is new in several processes, count each message once."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

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
from remit.services.scan.merge import Kept, brought_up, kept, merge
from remit.services.scan.prices import Pricing
from remit.services.scan.read import read
from remit.services.scan.report import Filter, report
from remit.storage.scan_index import Row, ScanIndex
from remit.system.spread import processors, spread

WORTH_A_PROCESS = 16 * 1024 * 1024
"""Bytes below which a second process costs more than it gains."""
_FORMAT = 6
"""Of what the index holds."""


class Scan(NamedTuple):
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
    """What the files hold, and those that cannot be read."""
    basis = _basis(scan.prices)
    if index.note("basis") != basis:
        index.forget()
    last = _last(index)
    at_last = dict(zip((facts.path for facts in last.files), last.stamps, strict=True))
    changed = [found for found in scan.found if at_last.get(found.name) != found.stamp]
    known = _known(changed, index)
    read_now = _read_all([each for each in changed if each.name not in known], counting, progress)
    fresh = known | read_now
    unreadable = {found.name for found in changed if found.name not in fresh}
    readable = [found for found in scan.found if found.name not in unreadable]
    merged = brought_up(last, fresh, [found.name for found in readable])
    if merged is None:
        merged = merge(_all_reads(readable, fresh, index, counting), counting)
    if merged is not last:
        rows = (Row(path, each.stamp, each.packed) for path, each in read_now.items())
        index.keep(rows, {"basis": basis, "merged": pack_merged(merged)})
    return merged, tuple(sorted(unreadable))


def _basis(prices: PriceTable) -> bytes:
    """What the numbers in the index rest upon beside the files."""
    own = repr(prices.own)
    parts = (_FORMAT, __version__, prices.source, prices.digest, own, zone(), LoopLimits())
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).digest()


def _last(index: ScanIndex) -> Merged:
    """The last result, with the stamps it was made at; an empty one where there is none."""
    packed = index.note("merged")
    try:
        return unpack_merged(packed) if packed else Merged()
    except ValueError:
        return Merged()


def _known(found: Iterable[Found], index: ScanIndex) -> dict[str, Kept]:
    """By path: what the index has of these files as they are now."""
    contents = ((each, index.content(each.name, each.stamp)) for each in found)
    kept_ = ((each, _unpacked(content, each)) for each, content in contents if content)
    return {each.name: whole for each, whole in kept_ if whole}


def _unpacked(content: bytes, found: Found) -> Kept | None:
    try:
        return kept(content, found.stamp)
    except ValueError:
        return None


def _all_reads(
    found: Sequence[Found], fresh: dict[str, Kept], index: ScanIndex, counting: Counting
) -> list[Kept]:
    """Every file: fresh, from the index, or read again where that has lost it."""
    known = fresh | _known((each for each in found if each.name not in fresh), index)
    missing = [each for each in found if each.name not in known]
    known |= _read_all(missing, counting, lambda begun: None)
    return [known[each.name] for each in found if each.name in known]


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
    return {each.name: kept(packed, each.stamp) for each, packed in results if packed}
