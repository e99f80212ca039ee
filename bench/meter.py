"""What the meter costs a stream of the model, and whether it counts and cuts right.

    python bench/meter.py --json --rows rows.jsonl --seed 7

A scripted provider, a run's model door and the clients are processes of this machine.
``first_byte_ms`` is what the meter adds to the median time until the first byte of an answer, over
the same door without it; the durable entry of the reserve is part of it. ``throughput_ratio`` is
the bytes a second of ``streams`` parallel answers, paced faster than models write, with the meter
over those without. ``cut`` counts those of them that ended early though the budget covers them,
``double_counted`` those that were charged for otherwise than the provider counted.
``overshoot_tokens`` is the most tokens a stream by which parallel answers passed a budget that does
not cover them, as the provider counts. ``--seed`` makes other texts. Each line of ``--rows`` is one
stream; every number but the first two is computed from these lines.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from meter_texts import pieces
from timing import median, report, spread

HERE = Path(__file__).parent
KEY = "sk-remit-of-the-bench"
STREAMS = 64
EVENTS = 400
PACE_S = 0.01
"""A hundred events a second and stream, of one to six tokens each."""
READ = 100
ROUNDS = 40
ENDLESS = 4_000
SHARING = (1, 4, 16)
"""How many answers share a budget that does not cover them."""
TOKENS = 12_000


@dataclass(frozen=True, slots=True)
class Row:
    """One stream: what was asked of it, what the provider counted, what was charged."""

    part: str
    input: str
    expected: int
    """Tokens the provider counts for what was passed on."""
    got: int
    """Tokens the meter charged."""
    end: str
    seconds: float
    sharing: int
    cap: int


@dataclass(slots=True)
class Side:
    """A process that serves: its port, and after its end what it said last."""

    port: int
    said: str = ""


@dataclass(slots=True)
class Answer:
    """What a client got: how many events, when the first byte came and when the last."""

    seed: int
    events: int = 0
    first_s: float = 0.0
    whole_s: float = 0.0
    size: int = 0
    status: int = 0


@contextmanager
def side(*words: str) -> Iterator[Side]:
    argv = [sys.executable, str(HERE / "meter_door.py"), *words]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as made:
        assert made.stdout is not None
        assert made.stdin is not None
        serving = Side(int(made.stdout.readline()))
        yield serving
        made.stdin.close()
        serving.said = made.stdout.read()


def request(port: int, seed: int, events: int, pace_s: float) -> bytes:
    order = {"seed": seed, "events": events, "pace_s": pace_s, "read": READ}
    body = json.dumps(
        {
            "model": "claude-haiku-5-5",
            "stream": True,
            "max_tokens": 128_000,
            "messages": [{"role": "user", "content": "word " * 60}],
            "metadata": order,
        }
    ).encode()
    head = f"POST /model/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nx-api-key: {KEY}\r\n"
    return f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


async def ask(port: int, seed: int, events: int, pace_s: float) -> Answer:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found, got, began = Answer(seed), bytearray(), time.perf_counter()
    writer.write(request(port, seed, events, pace_s))
    while data := await reader.read(65536):
        found.first_s = found.first_s or time.perf_counter() - began
        got += data
    writer.close()
    found.whole_s = time.perf_counter() - began
    found.size, found.status = len(got), int(got[9:12])
    found.events = got.count(b'"index": 0, "delta"')
    return found


async def at_once(port: int, seeds: Sequence[int], events: int, pace_s: float) -> list[Answer]:
    return await asyncio.gather(*(ask(port, seed, events, pace_s) for seed in seeds))


def first_bytes(with_meter: int, without: int, seed: int) -> tuple[list[float], list[float]]:
    """Seconds until the first byte by either door, in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS + 3):
        for port, into in zip((with_meter, without), times, strict=True):
            (answer,) = asyncio.run(at_once(port, (seed + turn,), 5, 0.0))
            if turn >= 3:
                into.append(answer.first_s)
    return times


def rates(port: int, seed: int) -> tuple[float, list[Answer]]:
    """Bytes a second of all streams together, and what each got."""
    began = time.perf_counter()
    answers = asyncio.run(at_once(port, range(seed, seed + STREAMS), EVENTS, PACE_S))
    return sum(a.size for a in answers) / (time.perf_counter() - began), answers


def rows(part: str, answers: Sequence[Answer], said: str, sharing: int, cap: int) -> list[Row]:
    """Each stream of ``part`` with what the door settled for it; ``sharing`` ran at once."""
    events = EVENTS if part == "paced" else ENDLESS
    settled = {message: (tokens, end) for message, tokens, end in json.loads(said)}
    made = []
    for answer in answers:
        if answer.status != 200:
            continue
        text = pieces(answer.seed, events)[: answer.events]
        tokens, end = settled[f"msg_{answer.seed}"]
        digest = hashlib.sha256(f"{answer.seed} {events}".encode()).hexdigest()[:16]
        counted = READ + sum(piece.tokens for piece in text)
        seconds = round(answer.whole_s, 4)
        made.append(Row(part, digest, counted, tokens, end, seconds, sharing, cap))
    return made


def overshoots(provider: int, seed: int) -> list[Row]:
    """Answers without an end, one and several to a budget of :data:`TOKENS`."""
    made = []
    for sharing in SHARING:
        base = f"http://127.0.0.1:{provider}"
        with side(base, KEY, "--budget", f"tokens = {TOKENS}") as door:
            seeds = range(seed + 1000 * sharing, seed + 1000 * sharing + sharing)
            answers = asyncio.run(at_once(door.port, seeds, ENDLESS, 0.0005))
        made += rows("budget", answers, door.said, sharing, TOKENS)
    return made


def overshoot(found: Sequence[Row]) -> int:
    """The most tokens a stream by which those that shared a budget passed it together."""
    worst = 0
    for sharing in {row.sharing for row in found if row.part == "budget"}:
        shared = [row for row in found if row.part == "budget" and row.sharing == sharing]
        over = sum(row.expected for row in shared) - shared[0].cap
        worst = max(worst, -(-over // len(shared)))
    return worst


def measure(seed: int) -> tuple[dict[str, object], dict[str, object], list[Row]]:
    with side("--provider") as provider:
        base = f"http://127.0.0.1:{provider.port}"
        with side(base, KEY) as door, side(base, KEY, "--unmetered") as plain:
            slow, fast = first_bytes(door.port, plain.port, seed + 10_000)
            through, past, answers = [], [], []
            for turn in range(3):
                rate, got = rates(door.port, seed + 100 * turn)
                through.append(rate)
                past.append(rates(plain.port, seed + 100 * turn)[0])
                answers += got
        found = rows("paced", answers, door.said, STREAMS, 0)
        found += overshoots(provider.port, seed)
    paced = [row for row in found if row.part == "paced"]
    result: dict[str, object] = {
        "first_byte_ms": round((median(slow) - median(fast)) * 1e3, 3),
        "throughput_ratio": round(median(through) / median(past), 3),
        "streams": STREAMS,
        "cut": sum(row.end != "whole" for row in paced) + len(answers) - len(paced),
        "double_counted": sum(row.got != row.expected for row in paced),
        "overshoot_tokens": overshoot(found),
    }
    details: dict[str, object] = {
        "first_byte_s": spread(slow),
        "first_byte_unmetered_s": spread(fast),
        "bytes_a_second": spread(through),
        "bytes_a_second_unmetered": spread(past),
    }
    return result, details, found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    result, details, found = measure(given.seed)
    if given.rows:
        given.rows.write_text("".join(f"{json.dumps(asdict(row))}\n" for row in found))
    report(result, details, given.json)


if __name__ == "__main__":
    main()
