"""What the views share: one wording for verdicts, times, amounts and changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from remit.model.claimed_events import Source
from remit.model.events import CheckRan, CheckState, Layer, LayerState, RunStopped, StopTrigger
from remit.model.packet import Asked, Control, Cost, FileChange, HostReached, Packet, crossing
from remit.model.quantity import format_duration, format_money
from remit.model.tree import Standing
from remit.model.untrusted import Untrusted
from remit.model.verdict import Finding, Severity, VerdictOutcome

VERDICTS = {
    VerdictOutcome.PASS: "Pass",
    VerdictOutcome.FAIL: "Fail",
    VerdictOutcome.CANNOT_SAY: "Cannot say",
}

_CHECK_STATES = {
    CheckState.PASSED: "passed",
    CheckState.FAILED: "failed",
    CheckState.CANNOT_RUN: "cannot run",
    CheckState.TIMED_OUT: "timed out",
    CheckState.CONTRADICTED: "not believed",
}


def headline(packet: Packet) -> str:
    """The verdict in one sentence of ours."""
    blocks = len(findings(packet, Severity.BLOCK))
    doubts = len(findings(packet, Severity.UNSURE))
    match packet.verdict.outcome:
        case VerdictOutcome.PASS:
            return "The gate lets this commit through. A person still decides."
        case VerdictOutcome.FAIL:
            return f"The gate says no, for {counted(blocks, 'reason')}."
        case VerdictOutcome.CANNOT_SAY:
            return f"The gate cannot say, for {counted(doubts, 'reason')}."


def findings(packet: Packet, severity: Severity) -> tuple[Finding, ...]:
    """The verdict's findings of one severity."""
    return tuple(found for found in packet.verdict.findings if found.severity is severity)


def counted(number: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def when(time_us: int) -> str:
    """``2026-11-22 23:19 UTC``; empty for no time."""
    if not time_us:
        return ""
    return f"{datetime.fromtimestamp(time_us / 1_000_000, UTC):%Y-%m-%d %H:%M} UTC"


def clock(time_us: int) -> str:
    """``23:19:04`` in UTC."""
    return f"{datetime.fromtimestamp(time_us / 1_000_000, UTC):%H:%M:%S}"


def took(milliseconds: int) -> str:
    """``840 ms``, ``12.3 s``, ``4 min 05 s``."""
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.1f} s"
    minutes, seconds = divmod(milliseconds // 1000, 60)
    return f"{minutes} min {seconds:02d} s"


def state_of(ran: CheckRan | None) -> str:
    """``passed, 12 tests``; ``not run`` where there is no result."""
    if ran is None:
        return "not run"
    word = _CHECK_STATES[ran.state]
    if ran.counts is None:
        return word
    parts = [(ran.counts.failed, "failed"), (ran.counts.passed, "passed")]
    told = [f"{number} {name}" for number, name in parts if number]
    if ran.counts.skipped:
        told.append(f"{ran.counts.skipped} skipped")
    return f"{word} ({', '.join(told)})" if told else word


def lines_of(file: FileChange) -> str:
    """``+3 −1``, or ``binary``."""
    if file.added is None or file.removed is None:
        return "binary"
    return f"+{file.added} −{file.removed}"


def control_word(packet: Packet) -> str:
    return "controlled" if packet.control is Control.CONTROLLED else "out of bounds"


def out_of_bounds(packet: Packet) -> tuple[Untrusted, ...]:
    """Why the run is out of bounds. Files that the list of changes marks are counted only."""
    marked = {crossing(f.path.text) for f in packet.files if f.standing != Standing.IN_SCOPE}
    told = marked & {reason.text for reason in packet.control_reasons}
    counts = (Untrusted(f"{counted(len(told), 'file')} changed outside its scope"),) if told else ()
    return (*counts, *(reason for reason in packet.control_reasons if reason.text not in told))


def out_of_bounds_beside_stop(packet: Packet) -> tuple[Untrusted, ...]:
    """The same without what the notice of the stop says already."""
    reasons = out_of_bounds(packet)
    if packet.stop is None or packet.stop.trigger is not StopTrigger.OUT_OF_SCOPE_WRITE:
        return reasons
    told = {reason.text for reason in packet.control_reasons}
    said = {crossing(path) for path in packet.stop.paths}
    return tuple(reason for reason in reasons if reason.text in told and reason.text not in said)


def unnamed_paths(stop: RunStopped) -> tuple[str, ...]:
    """The paths of a stop that its message does not name."""
    return tuple(path for path in stop.paths if path not in stop.message)


def enforcement(packet: Packet) -> str:
    """How the contract was held in this run, in one line."""
    if not packet.layers and not packet.calls:
        return "held by nothing, as the agent was never started"
    return held_by(packet.layers)


def held_by(layers: Sequence[Layer]) -> str:
    """The layers that were live, in a few words."""
    live = [layer.name for layer in layers if layer.state is LayerState.LIVE]
    if not live:
        return "NOT held by any layer"
    named = [f"the {name}" if name == "kernel" else name for name in live]
    held = f"held by {' and '.join([', '.join(named[:-1]), named[-1]] if named[1:] else named)}"
    return held if "kernel" in live else f"{held}, not by the kernel"


def size(count: int) -> str:
    """``820 B``, ``14.2 kB``, ``3.1 MB``."""
    if count < 1000:
        return f"{count} B"
    for unit, factor in (("kB", 10**3), ("MB", 10**6)):
        if count < 1000 * factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count / 10**9:,.1f} GB"


def tries(host: HostReached) -> str:
    """``3 connections``, ``3 connections, 1 of them failed``."""
    told = counted(host.connections, "connection")
    if host.failed == host.connections:
        return f"{told}, none came about"
    return f"{told}, {host.failed} of them failed" if host.failed else told


def tokens(cost: Cost) -> str:
    return "unknown" if cost.tokens is None else f"{cost.tokens:,}"


SOURCES = {
    Source.METER: "meter",
    Source.TRANSCRIPT: "session records",
    Source.TELEMETRY: "telemetry",
    Source.RESULT: "printed result",
}


def cost_notes(cost: Cost) -> Iterator[str]:
    """Who counted tokens and spend, where that takes a word."""
    if cost.advisory:
        yield f"advisory: tokens and spend are {cost.advisory}"
    if len(cost.sources) > 1:
        names = ", ".join(SOURCES[total.source] for total in cost.sources)
        differ = counted(cost.differing, "difference") if cost.differing else "no difference"
        yield f"{names}, compared in pairs: {differ}"


def spend(cost: Cost) -> str:
    known = cost.spend_micro_usd
    return "unknown" if known is None else format_money(known)


def time_box(packet: Packet) -> str:
    return format_duration(packet.contract.budget.time_s)


def least_sure(packet: Packet) -> Untrusted | None:
    """The claim the agent trusts least, where it said so in a line of its own."""
    for claim in reversed(packet.claims):
        for line in claim.text.splitlines():
            bare = line.strip(" -*_#>")
            if bare.lower().startswith("least sure"):
                return Untrusted(bare[len("least sure") :].lstrip(" :-–—*_") or bare)
    return None


def undo(packet: Packet) -> tuple[Untrusted, ...]:
    """How to undo the run, line by line."""
    return tuple(Untrusted(line) for line in packet.rollback.text.splitlines() if line.strip())


def unchanged(packet: Packet) -> str:
    """What the comparison of the tree says did not change."""
    if "comparison" not in {x.name for x in packet.layers if x.state is LayerState.LIVE}:
        return "Not known: the tree was not compared."
    if packet.out_of_scope:
        return f"Everything outside the edit scope but {counted(len(packet.out_of_scope), 'path')}."
    return "Everything outside the edit scope: the whole tree was compared with its snapshot."


def enough(packet: Packet) -> str:
    """Why the change is enough, from the checks alone."""
    shown = sum(check.satisfied for check in packet.checks)
    if not packet.checks:
        return "Nothing shows it: the contract names no check."
    if shown < len(packet.checks):
        return (
            f"It is not shown to be: {shown} of {counted(len(packet.checks), 'check')} satisfied."
        )
    what = "The contract's check shows" if shown == 1 else f"All {shown} checks show"
    return f"{what} what it asks, run by Remit at this commit."


def uses(asked: Asked) -> str:
    """How often what was granted was used, and how often it might have been."""
    if asked.uses:
        return f"used {asked.used} of {counted(asked.uses, 'time')}"
    return f"used {counted(asked.used, 'time')}"
