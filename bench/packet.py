"""How long a packet of 10,000 events takes: fold, judge, JSON, Markdown and HTML.

``python bench/packet.py --json`` prints ``{"events", "packet_s", "floor_ratio", "html_bytes",
"spread"}``. The floor is canonical hashing of the same events' text; target: at most 1 s.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import time
import zlib

from remit.adapters.render.views import views_of
from remit.codec.contract import freeze
from remit.model import events as e
from remit.model.decision import Outcome
from remit.model.packet import LedgerProof
from remit.model.record import Recorded, gather
from remit.model.tree import Change
from remit.policy.gate import ChangedFile, GitFacts
from remit.services.packets import build
from remit.testing import builders

EVENTS = 10_000
ROUNDS = 7


def events() -> list[Recorded]:
    """An honest run with calls in its middle until there are 10,000 events, about 2 kB each."""
    contract = builders.contract()
    honest = builders.honest_run(contract, freeze(contract)[1])
    calls: list[e.Event] = []
    number = 0
    while len(honest) + len(calls) < EVENTS:
        outcome = Outcome.DENY if number % 40 == 0 else Outcome.ALLOW
        calls.extend(builders.call(f"x{number}", "Bash", f"echo {number} " + "x" * 2_000, outcome))
        number += 1
    return builders.recorded([*honest[:8], *calls, *honest[8:]])


def packet(recorded: list[Recorded]) -> int:
    """Build and render; returns the size of the page in bytes."""
    changed = (ChangedFile("src/parser/core.py", Change.MODIFIED, added=3, removed=1),)
    facts = GitFacts(builders.COMMIT, builders.TREE, builders.BASE, True, changed)
    digest = freeze(builders.contract())[1]
    proof = LedgerProof(len(recorded), digest, intact=True)
    record = gather(builders.RUN, recorded)
    built = build(record, facts=facts, proof=proof, now_us=builders.START_US, version="0.1.0")
    return len(views_of(built).html)


def floor(recorded: list[Recorded]) -> None:
    """Hashing and compressing the same text, and nothing else."""
    for item in recorded:
        data = repr(item.event).encode()
        hashlib.sha256(data).digest()
        zlib.compress(data, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    recorded = events()
    size = packet(recorded)
    took, floors = [], []
    for _ in range(ROUNDS):
        took.append(_seconds(lambda: packet(recorded)))
        floors.append(_seconds(lambda: floor(recorded)))
    median = statistics.median(took)
    found = {
        "events": len(recorded),
        "packet_s": round(median, 4),
        "floor_ratio": round(median / statistics.median(floors), 2),
        "html_bytes": size,
        "spread": [round(min(took), 4), round(max(took), 4)],
    }
    print(json.dumps(found) if as_json else "\n".join(f"{k}: {v}" for k, v in found.items()))


def _seconds(work: object) -> float:
    start = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
