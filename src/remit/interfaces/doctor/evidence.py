"""What each act shows of each layer."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

from remit.errors import IntegrityError
from remit.interfaces.doctor.acts import (
    BY_PROGRAM,
    BY_SHELL,
    BY_TOOL,
    INSIDE,
    Confined,
    Unanswered,
    Unconfined,
)
from remit.model.diagnosis import Liveness, Probe, Proof
from remit.model.events import Layer, StopTrigger
from remit.model.meter_events import AnswerEnd
from remit.model.record import RunRecord
from remit.policy.liveness import proof_of
from remit.services.audit import verify
from remit.storage.sqlite import SqliteLedger
from remit.system.confine.plan import Means

_HELD, _GONE = "held", "WENT THROUGH"


def hook(first: Unconfined, last: Unanswered) -> Proof:
    """Calls out of scope are held, and so is every call that nobody answers."""
    record = first.acted.record
    asked = len(record.calls) if record else 0
    probes = [
        _bad("the Write tool on a path out of scope", first.there(BY_TOOL)),
        _bad("a shell redirect to a path out of scope", first.there(BY_SHELL)),
        _twin("the Write tool on a path in scope", first.there(INSIDE)),
    ]
    if last.asked:
        probes.append(_bad("a call in scope after the endpoint died", last.wrote))
    unsaid = first.acted.trouble or last.trouble
    if not unsaid and asked < 3:
        unsaid = f"the client asked about {asked} of its calls"
    if not unsaid and not last.asked:
        unsaid = "the client never asked the endpoint that was to die"
    return _proof("hook", _declared(record, "hook"), probes, unsaid)


def comparison(first: Unconfined) -> Proof:
    """What a program changes out of scope is found, and stops the run."""
    record = first.acted.record
    stopped = record.stopped if record else None
    found = stopped is not None and stopped.trigger is StopTrigger.OUT_OF_SCOPE_WRITE
    crossed = set(record.crossed) if record else set()
    probes = []
    if first.there(BY_PROGRAM):
        seen = "found, and the run was stopped" if found else "NOT found"
        what = "a program that the contract frees writes out of scope"
        probes.append(Probe(what, seen, found and BY_PROGRAM in crossed))
    probes.append(_twin("a change in scope is left alone", INSIDE not in crossed))
    unsaid = "" if first.there(BY_PROGRAM) else first.acted.trouble or "the program never ran"
    return _proof("comparison", _declared(record, "comparison"), probes, unsaid)


def kernel(act: Confined, means: Means) -> Proof:
    """What a program of the agent meets, whatever the hook thought of it."""
    seen = act.seen
    probes = [
        _changed(act, "a program writes out of scope", "tree", "tree/outside/file"),
        _changed(act, "it writes to a shell profile", "home", "home/.profile"),
        _changed(act, "it writes to the git configuration", "git", "tree/.git/config"),
        _tried(act, "it reads a private key", "key"),
        _tried(act, "it reads a .env file", "dotenv"),
        _tried(act, "it reads Remit's ledger", "ledger"),
        _ended(act),
        _tried(act, "it looks for the user's keyring in the kernel", "keyring"),
    ]
    if means is Means.NAMESPACES:
        probes.append(_tried(act, "it changes the mode of a file out of scope", "mode"))
        probes.append(_tried(act, "it connects to a daemon's socket", "socket"))
    probes += [
        _worked(act, "it writes in scope", "inside"),
        _worked(act, "it reads the repository", "readme"),
        _worked(act, "it makes a temporary file", "temporary"),
        _worked(act, "it starts a program", "program"),
        _worked(act, "it talks to a server of its own", "loopback"),
    ]
    unsaid = "" if seen else act.acted.trouble or "the program never ran"
    return _proof("kernel", _declared(act.acted.record, "kernel"), probes if seen else [], unsaid)


def egress(act: Confined) -> Proof:
    probes = [
        _tried(act, "a program connects by TCP past the endpoint", "tcp"),
        _tried(act, "it sends UDP and is answered", "udp"),
        _worked(act, "it talks to a server of its own", "loopback"),
    ]
    unsaid = "" if act.seen else act.acted.trouble or "the program never ran"
    return _proof(
        "egress", _declared(act.acted.record, "egress"), probes if act.seen else [], unsaid
    )


def meter(act: Confined) -> Proof:
    """The last answer of this act is longer than its budget."""
    record = act.acted.record
    ends = [one.end for one in record.settled.values()] if record else []
    probes = [
        _bad("an answer that costs more than the budget", AnswerEnd.CUT not in ends),
        _twin("an answer within the budget", AnswerEnd.WHOLE in ends),
    ]
    unsaid = act.acted.trouble or ("" if ends else "the client asked its model for nothing")
    return _proof("meter", _declared(record, "meter"), probes if ends else [], unsaid)


def ledger(first: Unconfined) -> Proof:
    """The record of the first act verifies; with one bit turned over in a copy it does not."""
    file = first.stage.state / "ledger.sqlite3"
    if not file.exists():
        return proof_of("ledger", Liveness.LIVE, "", (), first.acted.trouble or "none was written")
    copy = first.stage.place / "flipped.sqlite3"
    with closing(SqliteLedger.open(file)) as opened:
        intact = verify(opened).intact
    shutil.copy(file, copy)
    found = _finds_flip(copy)
    probes = (
        Probe("one bit of an entry is turned over", "found" if found else "NOT found", found),
        _twin("the ledger as it was written", intact),
    )
    return proof_of("ledger", Liveness.LIVE, "a hash chain per run", probes)


def _finds_flip(file: Path) -> bool:
    data = bytearray(file.read_bytes())
    place = data.find(b"Show that the layers")
    data[place] ^= 1
    file.write_bytes(data)
    try:
        with closing(SqliteLedger.open(file)) as opened:
            return not verify(opened).intact
    except IntegrityError:
        return True


def _proof(name: str, layer: Layer | None, probes: list[Probe], unsaid: str) -> Proof:
    """A run that never came to declare its layers leaves them all unproven."""
    if layer is None:
        return proof_of(name, Liveness.LIVE, "", probes, unsaid or "no run came to its start")
    return proof_of(name, Liveness(layer.state.value), layer.note, probes, unsaid)


def _declared(record: RunRecord | None, name: str) -> Layer | None:
    layers = record.layers.layers if record and record.layers else ()
    return next((layer for layer in layers if layer.name == name), None)


def _bad(what: str, happened: bool) -> Probe:
    return Probe(what, _GONE if happened else _HELD, not happened)


def _twin(what: str, happened: bool) -> Probe:
    return Probe(what, "worked" if happened else "was HELD", happened, twin=True)


def _tried(act: Confined, what: str, name: str) -> Probe:
    came = act.seen.get(name, "")
    return Probe(what, _GONE if came == "done" else came, came != "done")


def _ended(act: Confined) -> Probe:
    came = _GONE if act.was_ended else act.seen.get("process", "")
    return Probe("it ends a process outside", came, not act.was_ended)


def _worked(act: Confined, what: str, name: str) -> Probe:
    came = act.seen.get(name, "")
    return Probe(what, "worked" if came == "done" else came, came == "done", twin=True)


def _changed(act: Confined, what: str, name: str, file: str) -> Probe:
    """Told by the file itself, outside: what is written to a private copy changes nothing."""
    if act.was_changed(file):
        return Probe(what, _GONE, good=False)
    came = act.seen.get(name, "")
    return Probe(what, "only in a copy of its own" if came == "done" else came, good=True)
