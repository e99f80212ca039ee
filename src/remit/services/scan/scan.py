"""Scans transcripts: find, read in several processes, count each message once, report."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from remit.codec.transcripts.pack import pack_facts, unpack_facts
from remit.model.loops import LoopLimits
from remit.model.prices import PriceTable
from remit.model.scan import FileFacts, ScanReport
from remit.services.scan.count import Counting
from remit.services.scan.find import Found
from remit.services.scan.merge import merge
from remit.services.scan.prices import Pricing
from remit.services.scan.read import read
from remit.services.scan.report import Filter, report
from remit.system.spread import processors, spread

WORTH_A_PROCESS = 16 * 1024 * 1024
"""Bytes below which a second process costs more than it gains."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What to read, at which prices, and what of it to report."""

    found: tuple[Found, ...]
    prices: PriceTable
    filter: Filter


def scan(scan: Scan, progress: Callable[[int], None] = lambda begun: None) -> ScanReport:
    """The report; ``progress`` is told how many files were begun."""
    counting = Counting(Pricing(scan.prices), LoopLimits())
    gc.disable()  # nothing here is cyclic, and there are many small values
    try:
        facts, unreadable = _read_all(scan.found, counting, progress)
        merged, repeated = merge(facts, counting)
    finally:
        gc.enable()
    return report(merged, scan.found, unreadable, repeated, counting.pricing, scan.filter)


def _read_all(
    found: Sequence[Found], counting: Counting, progress: Callable[[int], None]
) -> tuple[list[FileFacts], tuple[str, ...]]:
    """Longest first, so that no process is left with a long one at the end."""
    order = sorted(range(len(found)), key=lambda at: -found[at].size)
    volume = sum(each.size for each in found)
    processes = processors() if volume > WORTH_A_PROCESS else 1

    def work(job: int) -> bytes:
        try:
            return pack_facts(counting.facts(read(found[order[job]])))
        except OSError:
            return b""

    results = spread(len(order), work, processes, progress)
    by_place = dict(zip(order, results, strict=True))
    unreadable = tuple(str(found[at].path) for at in range(len(found)) if not by_place[at])
    return list(_unpacked(by_place, len(found))), unreadable


def _unpacked(packed: dict[int, bytes], count: int) -> Iterator[FileFacts]:
    for at in range(count):
        if data := packed.pop(at):
            yield unpack_facts(data)
