"""A loop is noticed while it goes on, and ended; honest work that looks like one is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest

from remit.model import events as e
from remit.model.contract import RiskClass
from remit.model.digest import GENESIS
from remit.model.ids import CallId, RunId
from remit.model.json import JsonObject
from remit.model.loop_events import LoopNoticed
from remit.model.request import AGENT, Actor, ToolCall
from remit.model.signals import CallFinished
from remit.model.state import Phase
from remit.services.loops import LoopGuard
from remit.services.recorder import Recorder
from remit.services.stopping import Stopper
from remit.storage.ledger import Holder
from remit.storage.memory import MemoryLedger
from remit.testing.builders import RUN, START_US, contract

LIMIT = 60
"""Calls after which a case is over."""


@dataclass(frozen=True)
class Step:
    tool: str
    given: JsonObject
    result: str
    ok: bool = True
    actor: Actor = AGENT


@dataclass
class Watched:
    """An open run, told of calls one after the other until it is stopped."""

    told: list[str] = field(default_factory=list)
    calls: int = 0

    def __post_init__(self) -> None:
        self.ledger = MemoryLedger()
        lease = self.ledger.acquire(RunId(RUN), Holder(1, 2, "boot"), START_US)
        self.recorder = Recorder(self.ledger, lease, lambda: START_US)
        opened = e.RunOpened("/repo", "r", "main", "b" * 40, (), "0.1.0")
        self.recorder.record(e.ContractFrozen(contract(), GENESIS, RiskClass.LOW, "Ada"), opened)
        self.guard = LoopGuard(self.recorder, Stopper(self.recorder))

    def see(self, steps: Iterable[Step]) -> Watched:
        for step in steps:
            if self.calls == LIMIT or self.stopped:
                break
            self.calls += 1
            call = ToolCall(CallId(f"c{self.calls}"), step.tool, step.given, "/repo", step.actor)
            self.told.append(self.guard.finished(CallFinished("s", call, step.ok, step.result, 5)))
        self.recorder.flush()
        return self

    @property
    def stopped(self) -> bool:
        return self.recorder.state.phase is Phase.STOPPED

    @property
    def noticed(self) -> list[LoopNoticed]:
        events = (item.event for item in self.ledger.recorded(RunId(RUN)))
        return [event for event in events if isinstance(event, LoopNoticed)]


def bash(command: str, result: str, ok: bool = True, actor: Actor = AGENT) -> Step:
    return Step("Bash", {"command": command}, result, ok, actor)


def edit(before: str, after: str) -> Step:
    given: JsonObject = {"file_path": "/repo/x.py", "old_string": before, "new_string": after}
    return Step("Edit", given, "ok")


def same() -> Iterator[Step]:
    return (bash("npm run build", "done, 3 warnings") for _ in count())


def volatile() -> Iterator[Step]:
    return (bash("date; ls", f"2026-11-24T04:{n % 60:02d}:11Z req_{n}abcdef\nsrc") for n in count())


def alternating() -> Iterator[Step]:
    while True:
        yield bash("cat a.py", "a")
        yield bash("cat b.py", "b")


def failing() -> Iterator[Step]:
    return (
        bash(f"python step{n}.py", "ModuleNotFoundError: No module named 'x'", ok=False)
        for n in count()
    )


def back_and_forth() -> Iterator[Step]:
    for n in count():
        yield edit("a = 1", "a = 2")
        yield bash(f"python x.py {n}", f"{n}")
        yield edit("a = 2", "a = 1")


def described_anew() -> Iterator[Step]:
    for n in count():
        given: JsonObject = {"command": "ls src", "description": f"try {n}"}
        yield Step("Bash", given, "x.py")


def between_other_agents() -> Iterator[Step]:
    sub = Actor("agent:a1")
    for n in count():
        yield bash("ls src", "x.py", actor=sub)
        yield bash(f"cat f{n}.py", f"{n}")


LOOPS = {
    "the same call with the same result": (same, "repeat", 5),
    "a result that only differs in what is volatile": (volatile, "repeat", 5),
    "two calls in turn": (alternating, "cycle", 8),
    "the same error of ever other calls": (failing, "errors", 8),
    "an edit and its undoing": (back_and_forth, "oscillation", 20),
    "the same call described anew": (described_anew, "repeat", 5),
    "a subagent's loop between honest calls of the main agent": (between_other_agents, "repeat", 9),
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_told_of_and_then_ended(name: str) -> None:
    make, rule, calls = LOOPS[name]
    ran = Watched().see(make())
    assert ran.stopped
    assert ran.calls <= calls
    assert ran.noticed[-1].rule.value == rule
    assert ran.noticed[-1].stops
    assert any("the run ends" in words for words in ran.told)


def polling() -> Iterator[Step]:
    return (bash("sleep 20; curl -s localhost/status", f"{n} of 40 done") for n in range(30))


def looking_around() -> Iterator[Step]:
    return (Step("Read", {"file_path": f"/repo/f{n}.py"}, f"content {n}") for n in count())


def outage() -> Iterator[Step]:
    text = "API Error: 529 overloaded_error: the service is overloaded"
    return (bash(f"curl api/{n}", text, ok=False) for n in count())


def batch() -> Iterator[Step]:
    for n in count():
        yield edit(f"old{n}", f"new{n}")
        yield bash("git status --short", f" M f{n}.py")


def rename() -> Iterator[Step]:
    for left in (30, 22, 14, 6, 0):
        yield bash("mypy src", f"Found {left} errors", ok=not left)
        yield edit(f"Old{left}", f"New{left}")


def debugging() -> Iterator[Step]:
    for n in range(2):
        yield edit("run()", "print(x)\nrun()")
        yield bash("python x.py", f"x is {n}")
        yield edit("print(x)\nrun()", "run()")


HONEST = {
    "a wait whose result changes": polling,
    "reading one file after the other": looking_around,
    "a provider that is down": outage,
    "the same small command between edits": batch,
    "a rename in five rounds": rename,
    "a line for debugging, put in and taken out": debugging,
}


@pytest.mark.parametrize("name", HONEST)
def test_twin_honest_work_goes_on(name: str) -> None:
    ran = Watched().see(HONEST[name]())
    assert not ran.stopped


def test_what_was_told_once_is_not_told_at_each_call() -> None:
    ran = Watched().see(polling())
    assert [one.times for one in ran.noticed] == [8]


def test_held_calls_are_noticed_and_end_nothing_by_themselves() -> None:
    ran = Watched()
    for n in range(12):
        call = ToolCall(CallId(f"d{n}"), "Write", {"file_path": f"/etc/{n}"}, "/repo")
        ran.guard.denied(call)
    ran.recorder.flush()
    assert [(one.rule.value, one.times) for one in ran.noticed] == [("denials", 3)]
    assert not ran.stopped
