"""Builds an honest run, event by event, so that a test changes only what it is about."""

from __future__ import annotations

from collections.abc import Iterable

from remit.model import events as e
from remit.model.contract import Check, Contract, Evidence, People, RiskClass, Scope, Shows
from remit.model.decision import Outcome, Reason
from remit.model.digest import Digest, digest_of
from remit.model.record import Recorded, RunRecord, gather
from remit.model.request import Effect, EffectKind
from remit.model.tree import Change, PathChange, Standing

RUN = "261122-parser00"
START_US = 1_795_389_540_000_000
BASE = "b" * 40
COMMIT = "c" * 40
TREE = "7" * 40
CHECK = Check("parser tests", "python -m pytest tests/test_parser.py", Shows.RED_THEN_GREEN)


def contract(**lines: object) -> Contract:
    """A low-class bug fix; ``lines`` replace fields of :class:`Contract`."""
    whole: dict[str, object] = {
        "goal": "fix the failing parser test",
        "scope": Scope(edit=("src/parser/**", "tests/test_parser.py")),
        "evidence": Evidence(checks=(CHECK,)),
        "people": People(delegator="Ada <ada@example.org>"),
        "keep": ("the public function names",),
        **lines,
    }
    return Contract(**whole)  # type: ignore[arg-type]  # names are checked by the dataclass


def frozen(of: Contract, digest: Digest) -> e.ContractFrozen:
    return e.ContractFrozen(of, digest, RiskClass.LOW, "Ada <ada@example.org> (terminal)")


def check_ran(phase: e.CheckPhase, commit: str, state: e.CheckState) -> e.CheckRan:
    """A result of the one check; failing ones name the failing test."""
    passed = state is e.CheckState.PASSED
    return e.CheckRan(
        name=CHECK.name,
        command=CHECK.command,
        phase=phase,
        commit=commit,
        state=state,
        exit_code=0 if passed else 1,
        duration_ms=840,
        output_digest=digest_of(state.value.encode()),
        output_tail="3 passed in 0.04s\n" if passed else "1 failed, 2 passed in 0.05s\n",
        counts=e.TestCounts(3, 0) if passed else e.TestCounts(2, 1),
        failing=() if passed else ("tests/test_parser.py::test_empty_line",),
        runner_from=BASE,
        runner_changed=(),
        notes=("ran confined: own worktree, no credentials, no network",),
    )


def call(
    name: str, tool: str, text: str, outcome: Outcome, effects: tuple[Effect, ...] = ()
) -> tuple[e.Event, ...]:
    """One call with its decision; a held one leaves pressure, an allowed one a report."""
    key = "command" if tool == "Bash" else "file_path"
    digest = digest_of(text.encode("utf-8", "surrogatepass"))
    asked = e.ToolRequested(name, tool, "agent", "/repo", {key: text}, digest, effects)
    if outcome is Outcome.ALLOW:
        decided = e.DecisionMade(name, outcome, ())
        return asked, decided, e.ToolFinished(name, tool, True, 12, digest, "")
    reason = Reason("path.write-out-of-scope", outcome, text, f"{text} is outside the edit scope")
    pressure = e.PressureRecorded(name, "agent", reason.rule, text, reason.message, "scope.edit")
    return asked, e.DecisionMade(name, outcome, (reason,)), pressure


def honest_run(of: Contract, digest: Digest) -> list[e.Event]:
    """A whole controlled run: read, repaired, one attempt held, red before and green after."""
    read = Effect(EffectKind.READ, "/repo/src/parser/core.py")
    layers = (
        e.Layer("hook", e.LayerState.LIVE, "a heartbeat arrived"),
        e.Layer("comparison", e.LayerState.LIVE, "after each batch and at the end"),
        e.Layer("kernel", e.LayerState.OFF, "not built yet"),
        e.Layer("meter", e.LayerState.OFF, "not built yet"),
    )
    change = PathChange("src/parser/core.py", Change.MODIFIED, Standing.IN_SCOPE)
    files = ("src/parser/core.py",)
    return [
        frozen(of, digest),
        e.RunOpened("/repo", "example.org/ada/parser", "main", BASE, (), "0.1.0"),
        e.LayersDeclared(layers, ("budget.spend",), False),
        e.SnapshotTaken(digest_of(b"manifest"), 12, 4096, (), ()),
        check_ran(e.CheckPhase.BEFORE, BASE, e.CheckState.FAILED),
        e.AgentLaunched("claude-code", "2.1.300", ("claude", "-p"), (), digest_of(b"{}")),
        e.Heartbeat("SessionStart", "s1"),
        *call("c1", "Read", "/repo/src/parser/core.py", Outcome.ALLOW, (read,)),
        *call("c2", "Write", "/repo/README.md", Outcome.DENY),
        *call("c3", "Edit", "/repo/src/parser/core.py", Outcome.ALLOW),
        *call("c4", "Bash", CHECK.command, Outcome.ALLOW),
        e.TreeCompared((change,), True, 900),
        e.ClaimMade("Fixed the empty-line case.\nLeast sure: files with old line ends."),
        e.AgentExited(0, None, 0),
        e.CommitMade(f"remit/{RUN}", BASE, COMMIT, TREE, files),
        check_ran(e.CheckPhase.AFTER, COMMIT, e.CheckState.PASSED),
        e.RunClosed(e.Ending.COMPLETED, ""),
    ]


def recorded(happened: Iterable[e.Event]) -> list[Recorded]:
    """``happened`` as read from a ledger, one second apart."""
    return [
        Recorded(version, START_US + version * 1_000_000, event)
        for version, event in enumerate(happened, start=1)
    ]


def record(happened: Iterable[e.Event]) -> RunRecord:
    return gather(RUN, recorded(happened))
