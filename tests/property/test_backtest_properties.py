"""What holds of every backtest, whatever the sessions and the contract."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from remit.adapters.agents.recorded import RECORDED
from remit.codec.contract import dump, freeze, parse
from remit.model.backtest import BacktestReport
from remit.model.contract import Budget, Commands, Contract, Evidence, Scope, Stop
from remit.policy.matching import Patterns
from remit.policy.zones import is_secret, zone_of
from remit.services.backtest.backtest import Backtest, Proposed, Recorded
from remit.services.scan.find import find
from remit.services.scan.prices import load_prices

PRICES = load_prices({}, None)
PATHS = (
    "src/a.py",
    "src/b.py",
    "src/inner/c.py",
    "docs/one.md",
    "docs/two.md",
    "docs/three.md",
    "docs/four.md",
    "docs/five.md",
    "NOTES.md",
    "src/auth/login.py",
    "odd [1]*.md",
    ".env",
    ".git/config",
    "../outside.txt",
)
COMMANDS = (
    "ls src",
    "make lint",
    "frobnicate --all src",
    "frobnicate --all docs",
    "frobnicate --all tests",
    "frobnicate --all build",
    "git commit -m x",
    "git push",
    "terraform apply",
    "cat .env",
    "echo x > docs/one.md",
    "python -c 'print(1)'",
    "curl https://docs.example.org/a",
    "curl http://169.254.169.254/",
)
CALLS = st.one_of(
    st.sampled_from(PATHS).map(lambda path: ("Write", {"file_path": path, "content": "x"})),
    st.sampled_from(PATHS).map(lambda path: ("Read", {"file_path": path})),
    st.sampled_from(COMMANDS).map(lambda line: ("Bash", {"command": line})),
    st.sampled_from(("mcp__x__y", "Workflow", "Strange")).map(lambda tool: (tool, {})),
)
STEPS = st.tuples(CALLS, st.booleans(), st.integers(0, 400))
SESSIONS = st.lists(st.lists(STEPS, max_size=25), min_size=1, max_size=6)
CONTRACTS = st.builds(
    lambda edit, free, minutes: Contract(
        "repair the shop",
        Scope(tuple(edit)),
        Evidence(none="recorded before"),
        commands=Commands(tuple(free)),
        budget=Budget(time_s=minutes * 60),
        stop=Stop(allow_zones=("deploy",)),
    ),
    st.lists(st.sampled_from(("src/**", "docs/*.md", "**", "lib/**")), min_size=1, unique=True),
    st.lists(st.sampled_from(("make", "frobnicate", "never used")), unique=True),
    st.integers(1, 60),
)


def write(folder: Path, sessions: list[list[tuple[tuple[str, dict[str, str]], bool, int]]]) -> None:
    for number, session in enumerate(sessions):
        lines, second = [], 0
        for place, ((tool, values), failed, wait) in enumerate(session):
            second += wait
            lines += records(f"{number}-{place}", tool, values, failed, second)
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"session-{number}.jsonl").write_text(text)


def records(
    name: str, tool: str, values: dict[str, str], failed: bool, second: int
) -> list[dict[str, object]]:
    asked = {"type": "tool_use", "id": f"toolu_{name}", "name": tool, "input": values}
    usage = {"input_tokens": 100, "output_tokens": 10}
    message = {"id": f"msg_{name}", "model": "claude-sonnet-4-5", "usage": usage}
    hours, rest = divmod(second, 3600)
    block = {"type": "tool_result", "tool_use_id": f"toolu_{name}", "content": name}
    return [
        {
            "type": "assistant",
            "requestId": "req",
            "timestamp": f"2026-11-02T{10 + hours}:{rest // 60:02}:{rest % 60:02}Z",
            "cwd": "/home/dev/shop",
            "message": {**message, "content": [asked]},
        },
        {"type": "user", "message": {"content": [{**block, "is_error": failed}]}},
    ]


def backtest(contract: Contract, folder: Path) -> BacktestReport:
    proposed = Proposed(contract, "case.toml", freeze(contract)[1])
    return Backtest(proposed, Recorded(find(folder)), PRICES, RECORDED).run()


def lost(report: BacktestReport) -> int:
    """Honest work that does not happen: held, or after a stop that a wider contract moves."""
    movable = ("budget.time", "repetition.denied-again")
    stopped = (stop for stop in report.stops if stop.rule in movable)
    return report.suggestion.honest + sum(stop.after.succeeded for stop in stopped)


@settings(max_examples=60, deadline=None)
@given(SESSIONS, CONTRACTS)
def test_the_draft_is_a_contract_that_interrupts_less(
    sessions: list[list[tuple[tuple[str, dict[str, str]], bool, int]]], contract: Contract
) -> None:
    with TemporaryDirectory() as name:
        write(Path(name), sessions)
        before = backtest(contract, Path(name))
        draft = before.suggestion.draft
        assert parse(dump(draft), "draft") == draft
        after = backtest(draft, Path(name))
    fates = sum(before.fates.values()) + sum(stop.after.calls for stop in before.stops)
    assert fates == before.used.calls
    tightened = any(
        change.old.text and change.line.startswith("budget") for change in before.suggestion.changes
    )
    if not tightened:
        assert lost(after) <= lost(before)
        if before.suggestion.covered:
            assert lost(after) < lost(before)


@settings(max_examples=60, deadline=None)
@given(SESSIONS, CONTRACTS)
def test_the_draft_opens_nothing_that_no_contract_should(
    sessions: list[list[tuple[tuple[str, dict[str, str]], bool, int]]], contract: Contract
) -> None:
    with TemporaryDirectory() as name:
        write(Path(name), sessions)
        draft = backtest(contract, Path(name)).suggestion.draft
    assert draft.stop == contract.stop
    assert draft.commands.ask == contract.commands.ask
    added = set(draft.scope.edit) - set(contract.scope.edit)
    closed = [path for path in PATHS if is_secret(path) or zone_of(path, contract.stop)]
    narrowed = {item for item in added if Patterns(contract.scope.edit).matches(item)}
    assert not [path for path in closed if Patterns(tuple(added - narrowed)).matches(path)]
    assert set(draft.hosts) <= {"docs.example.org"}
    fresh = set(draft.commands.free) - set(contract.commands.free)
    assert not [line for line in fresh if line.startswith(("git push", "terraform", "python"))]
