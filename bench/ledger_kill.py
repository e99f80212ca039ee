"""Kills a writer of the ledger again and again, at any moment, and looks at what it left.

    python bench/ledger_kill.py --rounds 1000 --json

Each round takes over the run of the writer killed before. Exit 0 where nothing acknowledged was
ever lost, every chain verified and nobody was locked out; 1 with the reason otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from remit.model import events as e
from remit.model.ids import RunId
from remit.model.record import Recorded
from remit.storage.ledger import Holder, LeaseHeld
from remit.storage.sqlite import SqliteLedger
from remit.system.process import ProcessIdentity, is_alive, process_identity

RUN = RunId("261122-aaaaaaaa")


def alive(holder: Holder) -> bool:
    return is_alive(ProcessIdentity(holder.pid, holder.start, holder.boot))


def this_process() -> Holder:
    me = process_identity(os.getpid())
    if me is None:
        raise SystemExit("this system does not tell processes apart")
    return Holder(me.pid, me.start, me.boot)


def write_until_killed(path: Path, told: int) -> None:
    """Append batches and tell the version of each, as text, once it is durable."""
    ledger = SqliteLedger.open(path, alive)
    lease = ledger.acquire(RUN, this_process(), time.time_ns() // 1000)
    os.write(told, b"0\n")
    version = ledger.head(RUN)[0]
    while True:
        batch = [e.ClaimMade(f"{version + n + 1} " + "x" * 400) for n in range(1 + version % 4)]
        version = ledger.append(lease, batch, time.time_ns() // 1000)[-1].header.version
        os.write(told, b"%d\n" % version)


def kill_one(path: Path, wait_s: float) -> int:
    """Start a writer, kill it ``wait_s`` after it began; the last version it had told."""
    read, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        try:
            write_until_killed(path, told)
        finally:
            os._exit(1)
    os.close(told)
    with os.fdopen(read) as lines:
        first = lines.readline()
        time.sleep(wait_s)
        os.kill(pid, signal.SIGKILL)
        rest = lines.read().split("\n")
    _, status = os.waitpid(pid, 0)
    if not first or os.WIFEXITED(status):
        raise SystemExit("the writer ended by itself: locked out, or it failed")
    return max((int(line) for line in rest if line), default=0)


def text_of(item: Recorded) -> str:
    """The text of a claim; nothing else was written."""
    return item.event.text if isinstance(item.event, e.ClaimMade) else ""


def faults(path: Path, told: int) -> Iterator[str]:
    """What a killed writer left that it may not."""
    with SqliteLedger.open(path, alive) as ledger:
        entries = list(ledger.recorded(RUN))
        if len(entries) < told:
            yield f"{told} entries were acknowledged and {len(entries)} are there"
        if wrong := [i.version for i in entries if not text_of(i).startswith(f"{i.version} ")]:
            yield f"entries {wrong[:3]} are not what was written"
        if breaks := ledger.verify():
            yield f"the chain is broken: {breaks[0]}"
        if ledger.runs() and ledger.runs()[0].entries != len(entries):
            yield "the counters are not those of the entries"


def two_writers(path: Path) -> None:
    """While a writer lives nobody else gets its run."""
    pid = os.getpid()
    with SqliteLedger.open(path, alive) as ledger, SqliteLedger.open(path, alive) as other:
        lease = ledger.acquire(RUN, this_process(), 1)
        try:
            other.acquire(RUN, this_process(), 2)
        except LeaseHeld as held:
            if held.lease.holder.pid != pid:
                raise SystemExit("LeaseHeld names another process") from None
        else:
            raise SystemExit("two writers held one run")
        ledger.release(lease)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    dice, told = random.Random(options.seed), 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite3"
        for number in range(options.rounds):
            told = max(told, kill_one(path, dice.uniform(0, 0.03)))
            for fault in faults(path, told) if number % 10 == 9 or number < 20 else ():
                print(f"round {number + 1}: {fault}", file=sys.stderr)
                return 1
        for fault in faults(path, told):
            print(fault, file=sys.stderr)
            return 1
        two_writers(path)
    said = {"rounds": options.rounds, "acknowledged": told, "lost": 0, "intact": True}
    print(json.dumps(said) if options.json else f"{options.rounds} kills: {told} entries, all kept")
    return 0


if __name__ == "__main__":
    sys.exit(main())
