"""What the agent did, line by line, bounded to what a person reads."""

from __future__ import annotations

from remit.model import events as e
from remit.model.decision import Outcome
from remit.model.packet import CallLine, HostReached, Pressure
from remit.model.record import CallRecord, RunRecord
from remit.model.request import EffectKind
from remit.model.untrusted import Untrusted
from remit.policy.hosts import Destination

MAX_CALLS = 400
MAX_PRESSURE = 200
MAX_INSPECTED = 400
MAX_REACHED = 100
MAX_CLAIMS = 20
MAX_CLAIM_CHARS = 4_000
MAX_SUMMARY_CHARS = 200


def calls(record: RunRecord) -> tuple[tuple[CallLine, ...], int]:
    """The trace in order, held calls kept first where it is longer than the bound."""
    found = sorted(record.calls.values(), key=lambda call: call.time_us)
    if len(found) <= MAX_CALLS:
        return tuple(_line(record, call) for call in found), 0
    ranked = sorted(range(len(found)), key=lambda place: not is_held(found[place]))
    kept = sorted(ranked[:MAX_CALLS])
    return tuple(_line(record, found[place]) for place in kept), len(found) - MAX_CALLS


def is_held(call: CallRecord) -> bool:
    """Whether the call was decided against."""
    return call.decision is not None and call.decision.outcome is not Outcome.ALLOW


def _line(record: RunRecord, call: CallRecord) -> CallLine:
    decision = call.decision
    reasons = [r for r in decision.reasons if r.outcome is decision.outcome] if decision else []
    return CallLine(
        time_us=call.time_us,
        actor=call.requested.actor,
        tool=Untrusted(call.requested.tool),
        summary=Untrusted(_below(summary_of(call.requested), record)),
        outcome=decision.outcome.value if decision else "undecided",
        rules=tuple(dict.fromkeys(reason.rule for reason in reasons)),
        ok=call.finished.ok if call.finished else None,
    )


_TELLING = ("command", "file_path", "notebook_path", "path", "url", "query", "pattern", "prompt")


def summary_of(requested: e.ToolRequested) -> str:
    """What a call was about, in at most 200 characters: its command, its path, its address."""
    values = (requested.input.get(key) for key in _TELLING)
    told = next((value for value in values if isinstance(value, str)), "")
    text = told or ", ".join(effect.target for effect in requested.effects)
    return _short(text)


def _short(text: str) -> str:
    return text if len(text) <= MAX_SUMMARY_CHARS else f"{text[: MAX_SUMMARY_CHARS - 1]}…"


def pressure(record: RunRecord) -> tuple[Pressure, ...]:
    """Every request outside the contract, in order."""
    return tuple(_held(record, time_us, told) for time_us, told in record.pressure)


def _held(record: RunRecord, time_us: int, told: e.PressureRecorded) -> Pressure:
    call = record.calls.get(told.call)
    decision = call.decision if call else None
    # A call that was let through and is told of here was held at the border, by a program of it.
    return Pressure(
        time_us=time_us,
        actor=told.actor,
        tool=Untrusted(call.requested.tool if call else ""),
        rule=told.rule,
        subject=Untrusted(_short(_below(told.subject, record))),
        message=Untrusted(_short(told.message)),
        would_need=Untrusted(_short(told.would_need)),
        outcome=decision.outcome.value if decision and decision.held else "deny",
    )


def inspected(record: RunRecord) -> tuple[str, ...]:
    """Read effects of calls that were let through, each once, in order."""
    seen: dict[str, None] = {}
    for call in record.calls.values():
        if call.decision and call.decision.outcome is Outcome.ALLOW:
            for effect in call.requested.effects:
                if effect.kind is EffectKind.READ:
                    seen.setdefault(_below(effect.target, record))
    return tuple(seen)


def reached(record: RunRecord) -> tuple[HostReached, ...]:
    """Every host that connections led to, those with most bytes first."""
    found: dict[str, list[e.EgressConnected]] = {}
    for connection in record.connections:
        place = str(Destination(connection.host, connection.port))
        found.setdefault(place, []).append(connection)
    hosts = [_host(name, connections) for name, connections in found.items()]
    return tuple(sorted(hosts, key=lambda host: -(host.sent + host.received)))


def _host(name: str, connections: list[e.EgressConnected]) -> HostReached:
    failed = (e.ConnectionEnd.REFUSED, e.ConnectionEnd.UNREACHABLE)
    return HostReached(
        host=Untrusted(name),
        connections=len(connections),
        failed=sum(connection.end in failed for connection in connections),
        sent=sum(connection.sent for connection in connections),
        received=sum(connection.received for connection in connections),
    )


def _below(path: str, record: RunRecord) -> str:
    root = (record.opened.copy or record.opened.root) if record.opened else ""
    return path.removeprefix(f"{root}/") if root else path


def claims(record: RunRecord) -> tuple[Untrusted, ...]:
    """The last words are kept before earlier ones."""
    last = record.claims[-MAX_CLAIMS:]
    return tuple(Untrusted(_bounded(claim.text)) for claim in last)


def _bounded(text: str) -> str:
    if len(text) <= MAX_CLAIM_CHARS:
        return text
    return f"{text[:MAX_CLAIM_CHARS]}\n[{len(text) - MAX_CLAIM_CHARS} characters left out]"
