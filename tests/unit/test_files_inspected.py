"""Which files a call is counted as showing, and which it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from remit.model.budget_events import FilesInspected
from remit.model.contract import Budget, Contract, Evidence, Scope
from remit.model.decision import Outcome
from remit.model.ids import CallId
from remit.model.json import Json
from remit.model.request import ToolCall
from remit.model.run import replay
from remit.model.state import CallSet, Phase, RunState
from remit.policy.effects import effects_of
from remit.policy.engine import decide
from remit.services.reading import Places


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("src/a.py", "src/b.py", "docs/c.md", "d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("foo\n")
    return tmp_path


def bash(command: str, tree: Path) -> ToolCall:
    return ToolCall(CallId("c"), "Bash", {"command": command}, str(tree))


def shown(call: ToolCall, tree: Path) -> set[str]:
    return set(Places(str(tree), "/home/x").request_of(call, effects_of(call)).shows)


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("cat src/a.py d.txt", {"src/a.py", "d.txt"}),
        ("sed -n 1,2p src/a.py | head", {"src/a.py"}),
        ("cd src && head a.py", {"src/a.py"}),
        ("cat src/*.py", {"src/a.py", "src/b.py"}),
        ("grep -n foo d.txt", {"d.txt"}),
        ("grep -e -l d.txt", {"d.txt"}),
        ("cp d.txt /dev/stdout", {"d.txt"}),
        ("git show HEAD:d.txt", {"d.txt"}),
        ("bash -c 'cat d.txt'", {"d.txt"}),
        ("cat missing.txt", set()),
        ("cat src", set()),
        ("ls src/a.py && stat d.txt && wc -l d.txt", set()),
        ("find . -name a.py", set()),
        ("grep -l foo d.txt", set()),
        ("grep -rn foo src", set()),
        ("cp d.txt src/e.txt", set()),
    ],
)
def test_a_command_counts_the_files_it_names_and_shows(
    command: str, files: set[str], tree: Path
) -> None:
    assert shown(bash(command, tree), tree) == files


def test_tools_that_read_count_and_tools_that_list_do_not(tree: Path) -> None:
    def call(tool: str, **values: Json) -> ToolCall:
        return ToolCall(CallId("c"), tool, values, str(tree))

    assert shown(call("Read", file_path=str(tree / "d.txt")), tree) == {"d.txt"}
    assert shown(call("Glob", pattern="*.txt"), tree) == set()
    assert shown(call("Grep", pattern="foo", path="d.txt"), tree) == set()
    lines = call("Grep", pattern="foo", path="d.txt", output_mode="content")
    assert shown(lines, tree) == {"d.txt"}


FOUND = "src/a.py:1:foo\nsrc/b.py:1:foo\nmissing.py:1:foo\nno file\n"


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("grep -rn foo src", ["src/a.py", "src/b.py"]),
        ("rg foo | head", ["src/a.py", "src/b.py"]),
        ("git grep foo", ["src/a.py", "src/b.py"]),
        ("echo src/a.py:1", []),
    ],
)
def test_a_search_counts_the_files_its_result_names(
    command: str, files: list[str], tree: Path
) -> None:
    places = Places(str(tree), "/home/x")
    assert list(places.found_by(bash(command, tree), {"stdout": FOUND})) == files


def test_a_search_in_another_folder_names_its_files_from_there(tree: Path) -> None:
    places, call = Places(str(tree), "/home/x"), bash("cd src && grep -n foo a.py b.py", tree)
    assert list(places.found_by(call, {"stdout": "a.py:1:foo\n"})) == ["src/a.py"]


def test_only_new_files_are_held_at_the_limit(tree: Path) -> None:
    contract = Contract(
        "g", Scope(("src/**",)), Evidence(none="no"), budget=Budget(files_inspected=1)
    )
    known = CallSet().with_call("d.txt")
    at = RunState(Phase.OPEN, contract, str(tree), heartbeat=True, inspected=known)

    def decided(command: str) -> tuple[Outcome, str]:
        call = bash(command, tree)
        request = Places(str(tree), "/home/x").request_of(call, effects_of(call))
        decision = decide(request, at)
        return decision.outcome, decision.reasons[0].rule

    assert decided("cat src/a.py d.txt") == (Outcome.DENY, "budget.files")
    assert decided("cat d.txt")[0] is Outcome.ALLOW
    assert decided("ls src")[0] is Outcome.ALLOW


def test_files_are_counted_once() -> None:
    seen = [FilesInspected("a", ("x", "y")), FilesInspected("b", ("y", "z"))]
    assert len(replay(seen).inspected) == 3
