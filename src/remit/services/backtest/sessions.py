"""Puts the files of one session together: its messages in the order of time, each once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from remit.model.backtest import RecordedCall
from remit.model.loops import LoopLimits
from remit.model.transcript import Message, PastCall
from remit.policy.loops.find import find_loops
from remit.services.backtest.gather import Gathered
from remit.services.backtest.honest import taken_back
from remit.services.scan.count import local_day
from remit.services.scan.find import Found
from remit.services.scan.gemini_places import names_none, session_above
from remit.services.scan.read import session_of

PAUSE_S = 600
"""Where nothing is recorded for longer, the session stood still: no command may take as long."""
_NAMED = re.compile(rb'"sessionId": ?"([\w-]{1,100})"')
_HEAD = 64 * 1024


class Asked(NamedTuple):
    """One call of a session. ``loop`` is the rule by which it is the last that passes, ``""``
    for none; ``idle`` says that the call stands in a loop or that its edit was taken back."""

    call: RecordedCall
    past: PastCall
    path: str
    loop: str
    idle: bool


class Turn(NamedTuple):
    """One answer of the model and the calls it asked for. ``elapsed`` is seconds since the session
    began, without pauses."""

    message: Message
    elapsed: int
    path: str
    calls: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """``root`` is the working directory it began in, which stands for its repository. Days are
    ISO, of the machine's time zone."""

    name: str
    agent: str
    path: str
    root: str
    turns: tuple[Turn, ...]
    first_day: str
    last_day: str


def grouped(found: Iterable[Found]) -> tuple[tuple[Found, ...], ...]:
    """The files of each session, the main one first, in the order of the first file of each."""
    groups: dict[str, list[Found]] = {}
    for one in found:
        groups.setdefault(_name(one), []).append(one)
    return tuple(tuple(sorted(group, key=_is_subagents)) for group in groups.values())


def _is_subagents(found: Found) -> bool:
    path = Path(found.name)
    return path.stem.startswith("agent-") or bool(session_above(path))


def _name(found: Found) -> str:
    path = Path(found.name)
    named = session_above(path) or session_of(path)
    if named and not names_none(path):
        return named
    try:
        with Path(found.path).open("rb") as file:
            inside = _NAMED.search(file.read(_HEAD))
    except OSError:
        inside = None
    return inside[1].decode("ascii", "replace") if inside else found.name


def session_from(files: Sequence[Gathered], seen: set[int], limits: LoopLimits) -> Session:
    """The session of ``files``. Messages whose key is in ``seen`` belong to another one, with
    their calls; the others are added to it."""
    main = files[0].transcript
    timed = [turn for one in files for turn in _turns(one, seen, limits)]
    root = next((turn[2] for turn in timed if turn[2]), main.project)
    timed.sort(key=lambda turn: turn[0])
    turns = tuple(_elapsed(timed))
    days = sorted(local_day(turn.message.minute) for turn in turns) or [""]
    name = main.session or main.path
    return Session(name, main.agent, main.path, root, turns, days[0], days[-1])


_Timed = tuple[float, Message, str, str, tuple[Asked, ...]]
"""Seconds since the epoch, the message, its folder, its file, its calls."""


def _turns(one: Gathered, seen: set[int], limits: LoopLimits) -> Iterator[_Timed]:
    transcript, last = one.transcript, 0.0
    asked = _asked(one, limits)
    for place, message in enumerate(transcript.messages):
        last = _seconds(one.times[place]) or last
        if message.key not in seen:
            seen.add(message.key)
            folder, calls = one.folders[place], tuple(asked.get(place, ()))
            yield last, message, folder, transcript.path, calls


def _asked(one: Gathered, limits: LoopLimits) -> dict[int, list[Asked]]:
    """The calls by the place of their message."""
    calls, path = one.transcript.calls, one.transcript.path
    loops = find_loops(calls, limits)
    ends = {loop.stopped: f"loop.{loop.kind.value}" for loop in loops if loop.stopped >= 0}
    idle = taken_back(calls)
    for loop in loops:
        inside = range(loop.first + 1, loop.last + 1)
        idle.update(at for at in inside if calls[at].actor == loop.actor)
    found: dict[int, list[Asked]] = {}
    for place, (call, past) in enumerate(zip(one.calls, calls, strict=True)):
        placed = call if call.cwd else call._replace(cwd=one.transcript.project)
        asked = Asked(placed, past, path, ends.get(place, ""), place in idle)
        found.setdefault(past.message, []).append(asked)
    return found


def _elapsed(turns: Iterable[_Timed]) -> Iterator[Turn]:
    at, total = 0.0, 0.0
    for seconds, message, _, path, calls in turns:
        step = seconds - at if at else 0.0
        total += step if 0 < step <= PAUSE_S else 0
        at = seconds
        yield Turn(message, int(total), path, calls)


def _seconds(at: str) -> float:
    """Seconds since the epoch, 0 where ``at`` is no time."""
    try:
        return datetime.fromisoformat(at).timestamp() if at else 0.0
    except (ValueError, OverflowError):
        return 0.0
