"""The words of a scan report: the same in a terminal and on a page. All of them are ours."""

from __future__ import annotations

from remit.model.loops import LoopKind
from remit.model.scan import Bill, LoopLine, ScanReport
from remit.model.untrusted import Untrusted

_HAPPENED = {
    LoopKind.REPEAT: "the same call with the same result, {times} times in a row",
    LoopKind.CYCLE: "the same few calls with the same results, round {times} times",
    LoopKind.SAME_CALL: "the same call {times} times in a row, whatever it brought",
    LoopKind.ERRORS: "{times} calls in a row failed with the same error",
    LoopKind.DENIALS: "held back {times} times, and tried again",
    LoopKind.OSCILLATION: "a file taken back to what it was before, {times} times",
    LoopKind.RETRY: "edited and failed again in the same way, {times} times",
    LoopKind.REREAD: "the same read with the same result {times} times, nothing written between",
}
_LEARN = {
    LoopKind.REPEAT: "A call that changed nothing changes nothing the next time.",
    LoopKind.CYCLE: "Going round is no progress, even when no step is the same as the last.",
    LoopKind.SAME_CALL: "Asking again is waiting; a command that waits costs one call.",
    LoopKind.ERRORS: "An error that stays the same is about the surroundings, not the call.",
    LoopKind.DENIALS: "What is held back needs a person, or another way.",
    LoopKind.OSCILLATION: "Two wishes pull at one file: decide between them first.",
    LoopKind.RETRY: "A try that taught nothing should be the last one.",
    LoopKind.REREAD: "Put the fact into the contract, so that it is not read again.",
}


def happened(line: LoopLine) -> str:
    return _HAPPENED[line.fact.kind].format(times=line.fact.times)


LESSONS = 5


def lessons(report: ScanReport) -> tuple[LoopLine, ...]:
    """The dearest loop of each rule first, then the dearest of what is left; dearest on top."""
    first = {line.fact.kind: line for line in reversed(report.loops)}
    ordered = sorted(report.loops, key=lambda it: (first[it.fact.kind] is not it, -it.fact.cost))
    return tuple(sorted(ordered[:LESSONS], key=lambda line: -line.fact.cost))


def price(line: LoopLine) -> str:
    return dollars(line.micro_usd) if line.fact.priced else "price unknown"


def where(line: LoopLine) -> Untrusted:
    """The file and the lines."""
    return Untrusted(f"{line.path.text}:{line.fact.first_line}-{line.fact.last_line}")


def lesson(kind: LoopKind) -> str:
    return _LEARN[kind]


def dollars(micro_usd: int) -> str:
    """Cents are enough for people; what is less than one is not nothing."""
    if 0 < micro_usd < 5_000:
        return "under $0.01"
    return f"${(micro_usd + 5_000) // 10_000 / 100:,.2f}"


def amount(bill: Bill) -> str:
    """The cost, with what is only estimated beside it and never in it."""
    known = dollars(bill.micro_usd)
    if not bill.estimated:
        return known
    return f"{known} + est. {dollars(bill.estimated_micro_usd)}"


def tokens(count: int) -> str:
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= size:
            return f"{count / size:.3g} {unit}" if count < 100 * size else f"{count // size} {unit}"
    return str(count)


def share(part: int, whole: int) -> str:
    """``part`` of ``whole`` in per cent."""
    return f"{100 * part / whole:.1f} %" if whole else "0 %"


def looped(report: ScanReport) -> str:
    """The headline about loops."""
    if not report.loops:
        return "no loops found"
    count = len(report.loops)
    part = share(report.looped_micro_usd, report.total.micro_usd)
    return f"{dollars(report.looped_micro_usd)} in {count} loop{'s' * (count != 1)}, {part} of it"


def saved(report: ScanReport) -> str:
    stopped = sum(rule.stopped for rule in report.rules)
    if not stopped:
        return "the default loop limits would have stopped none of them"
    about = f"{dollars(report.saved_micro_usd)} (estimated)"
    return f"the default loop limits would have stopped {stopped} and saved about {about}"


def overtime(report: ScanReport) -> str:
    """What came after the default time box; ``""`` where nothing did."""
    box = report.time_box
    if not box.files:
        return ""
    cost = dollars(box.micro_usd)
    if box.after.estimated:
        cost = f"{cost} + est. {dollars(box.estimated_micro_usd)}"
    went = f"{box.files} session{'s' * (box.files != 1)} went beyond the default time box"
    return f"{went} of {box.seconds // 60} min: {cost} after it"


def period(report: ScanReport) -> str:
    days = [line.name.text for line in report.days]
    return f"{days[0]} to {days[-1]}" if days else "no days"


def beside(report: ScanReport) -> tuple[str, ...]:
    """What could not be read or priced: never passed over."""
    seen = report.seen
    told = (
        (seen.repeated_messages, "messages stood in several files and were counted once"),
        (len(seen.unreadable_files), "files could not be read"),
        (seen.unreadable_lines, "lines are no records and were left out"),
        (seen.too_long_lines, "lines or documents are over 64 MiB and were left out"),
        (seen.cut_files, "files end unfinished; what is not complete was left for later"),
        (
            report.total.unmetered,
            "messages were recorded without their usage: what they cost is unknown",
        ),
        (report.outages, "calls were lost to an outage of a provider, which is nobody's loop"),
    )
    return tuple(f"{count:,} {what}" for count, what in told if count)
