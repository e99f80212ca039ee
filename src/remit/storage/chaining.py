"""Events to chained entries and back. Apart from ``ledger``, because only this needs the codec
of bodies: listing runs must not import pydantic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from remit.codec.events import decode, encode
from remit.codec.headers import header_bytes
from remit.errors import IntegrityError
from remit.model import events as e
from remit.model.chain import Break, Entry, Header, link_of
from remit.model.digest import digest_of
from remit.model.ids import RunId
from remit.model.pause_events import RunParked, RunPaused, RunResumed
from remit.model.record import Recorded
from remit.model.state import Phase
from remit.model.untrusted import well_formed
from remit.policy.redact import redact
from remit.storage.ledger import Head, RunSummary

_KEPT = 4096


def link_events(
    run: RunId, head: Head, events: Sequence[e.Event], now_us: int
) -> tuple[Entry, ...]:
    """``events`` as the entries that follow ``head``; ValueError for one that has no bytes."""
    linked = []
    version, previous = head
    for event in events:
        encoded = encode(event)
        body, version = encoded.body, version + 1
        header = Header(
            run,
            version,
            now_us,
            encoded.kind,
            encoded.schema,
            digest_of(body),
            len(body),
            previous,
        )
        data = header_bytes(header)
        previous = link_of(data)
        linked.append(Entry(header, data, previous, body))
    return tuple(linked)


def recorded_of(entry: Entry) -> Recorded:
    """The event of ``entry``; IntegrityError where its body is not what its header promises."""
    header, body = entry.header, entry.body
    if body is None:
        event: e.Event = e.Unrecognised(f"redacted {header.kind}", header.body_digest, "")
        return Recorded(header.version, header.time_us, event)
    place = f"run {header.run}, entry {header.version}"
    if digest_of(body) != header.body_digest:
        raise IntegrityError("an entry's body is not what was written", place, _REMEDY)
    try:
        event = decode(header.kind, header.schema, body)
    except ValueError as error:
        raise IntegrityError(f"an entry cannot be read ({error})", place, _REMEDY) from None
    return Recorded(header.version, header.time_us, event)


_REMEDY = "run: remit ledger verify"


def advanced(summary: RunSummary, events: Sequence[e.Event], now_us: int) -> RunSummary:
    """``summary`` after ``events``, which were appended at ``now_us``."""
    for event in events:
        if type(event) in _COUNTED:
            summary = _advance(summary, event)
    return replace(summary, entries=summary.entries + len(events), last_us=now_us)


_COUNTED = frozenset(
    {
        e.ContractFrozen,
        e.RunOpened,
        e.ToolRequested,
        e.PressureRecorded,
        e.RunStopped,
        RunPaused,
        RunParked,
        RunResumed,
        e.AgentExited,
        e.RunClosed,
    }
)


_GOES_ON = (Phase.OPEN, Phase.PAUSED, Phase.PARKED)


def _advance(summary: RunSummary, event: e.Event) -> RunSummary:
    match event:
        case e.ContractFrozen(contract=contract):
            return replace(summary, goal=_shown(contract.goal))
        case e.RunOpened(root=root):
            return replace(summary, root=_shown(root), phase=Phase.OPEN.value)
        case e.ToolRequested():
            return replace(summary, calls=summary.calls + 1)
        case e.PressureRecorded():
            return replace(summary, held=summary.held + 1)
        case e.RunStopped() if summary.phase in _GOES_ON:
            return replace(summary, phase=Phase.STOPPED.value)
        case RunPaused() if summary.phase == Phase.OPEN:
            return replace(summary, phase=Phase.PAUSED.value)
        case RunParked() if summary.phase == Phase.PAUSED:
            return replace(summary, phase=Phase.PARKED.value)
        case RunResumed() if summary.phase in _GOES_ON:
            return replace(summary, phase=Phase.OPEN.value)
        case e.AgentExited() if summary.phase == Phase.OPEN:
            return replace(summary, phase=Phase.ENDED.value)
        case e.RunClosed(ending=ending):
            return replace(summary, phase=ending.value)
    return summary


def kinds_of(entries: Iterable[Entry]) -> dict[bytes, list[int]]:
    """The versions of each kind."""
    kinds: dict[bytes, list[int]] = {}
    for entry in entries:
        kinds.setdefault(entry.header.kind.encode(), []).append(entry.header.version)
    return kinds


def summary_break(
    summary: RunSummary, kinds: Mapping[bytes, Sequence[int]], read: Callable[[int], Entry]
) -> Break | None:
    """Where ``summary`` says what its chain, found intact, does not. ``kinds`` are the versions
    of each kind, ``read`` gives the entry of a version. What stood in a body that was redacted
    since cannot be compared."""
    told, unknown = _told(summary, kinds, read)
    for name in _COMPARED:
        if name not in unknown and _as_shown(told, name) != _as_shown(summary, name):
            return Break(summary.run, summary.entries, f"its line in the list of runs: {name}")
    return None


_COMPARED = ("goal", "root", "phase", "calls", "held", "last_us")
_SAYS = {
    b"contract.frozen": "goal",
    b"run.opened": "root",
    b"run.stopped": "phase",
    b"run.paused": "phase",
    b"run.parked": "phase",
    b"run.resumed": "phase",
    b"agent.exited": "phase",
    b"run.closed": "phase",
}
"""What of a summary the body of an entry says, by its kind."""


def _told(
    summary: RunSummary, kinds: Mapping[bytes, Sequence[int]], read: Callable[[int], Entry]
) -> tuple[RunSummary, frozenset[str]]:
    """The summary as the chain tells it, and what it cannot tell any more."""
    told, unknown = RunSummary(summary.run, summary.started_us, summary.started_us), set()
    for version, kind in sorted((number, said) for said in _SAYS for number in kinds.get(said, ())):
        entry = read(version)
        if entry.body is None:
            unknown |= {_SAYS[kind], "phase"}
        told = _advance(told, recorded_of(entry).event)
    return replace(
        told,
        calls=len(kinds.get(b"tool.requested", ())),
        held=len(kinds.get(b"pressure.recorded", ())),
        last_us=read(summary.entries).header.time_us if summary.entries else told.last_us,
    ), frozenset(unknown - ({"phase"} if told.phase in _ENDINGS else set()))


_ENDINGS = frozenset(ending.value for ending in e.Ending)
"""Phases that no earlier entry has a say in."""


def _as_shown(summary: RunSummary, name: str) -> str | int:
    """Redacted again: a rule that came later hides the same in both."""
    value: str | int = getattr(summary, name)
    return _shown(value) if isinstance(value, str) else value


def _shown(text: str) -> str:
    return redact(well_formed(text[:_KEPT])).text
