"""Sessions of Gemini CLI: their usage once, in both forms, where they began, and their calls."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from recorded_sessions import backtest, contract_of

from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.main import run_command
from remit.model.backtest import Fate
from remit.services.scan.find import default_places, find
from remit.services.scan.read import read

CASES = Path(__file__).parents[1] / "cases" / "gemini"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(
    (CASES / "expected.toml").read_text(encoding="utf-8")
)
HEAD = {"sessionId": "one", "projectHash": "0" * 64, "kind": "main"}


@pytest.fixture(autouse=True)
def a_machine_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "GEMINI_CLI_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("REMIT_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("TZ", "UTC")


def scanned(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert run_command(["scan", *words, "--json"]) == Exit.YES
    return json.loads(capsys.readouterr().out)


def said(number: int = 1, **more: object) -> dict[str, object]:
    tokens = {"input": 100, "output": 10, "cached": 0, "thoughts": 0, "tool": 0, "total": 110}
    head = {"id": f"m{number}", "timestamp": "2026-11-02T10:00:00.000Z", "type": "gemini"}
    return {**head, "content": "", "tokens": tokens, "model": "gemini-2.5-flash", **more}


def made(number: int, command: str, output: str) -> dict[str, object]:
    """A call of the shell with its result, each under a name of its own."""
    name = f"run_shell_command__run_shell_command_{1793613605000 + number}_0"
    response = {"functionResponse": {"id": name, "response": {"output": output}}}
    return {
        "id": name,
        "name": "run_shell_command",
        "args": {"command": command},
        "result": [response],
        "status": "success",
    }


def write(path: Path, *records: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", EXPECTED)
def test_a_home_holds_what_its_case_says(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(CASES / name, tmp_path / "home")
    expected, report = EXPECTED[name], scanned(capsys)
    totals, tokens = report["totals"], report["totals"]["tokens"]
    assert totals["messages"] == expected["messages"]
    for kind in ("input", "output", "cache_read"):
        assert tokens[kind] == expected[kind], kind
    assert tokens["cache_write_5m"] == tokens["cache_write_1h"] == 0
    assert totals["cost_micro_usd"] == expected["cost_micro_usd"]
    assert [line["project"] for line in report["by_project"]] == [expected["project"]]
    assert [line["agent"] for line in report["by_agent"]] == ["gemini"]
    kinds = {line["kind"]: line["messages"] for line in report["by_kind"]}
    assert kinds.get("subagent", 0) == expected.get("subagent", 0)
    assert len(report["sessions"]) == expected["sessions"]
    assert totals.get("messages_without_usage", 0) == expected.get("messages_without_usage", 0)
    for odd in ("unfinished_files", "repeated_messages"):
        assert report["read"][odd] == expected.get(odd, 0), odd
    assert report["read"]["unreadable_lines"] == 0
    assert report["unknown_models"] == []


@pytest.mark.parametrize("name", EXPECTED)
def test_calls_ended_as_the_case_says(name: str) -> None:
    calls = [call for found in find(CASES / name) for call in read(found).calls]
    outcomes = sorted(call.outcome.name.lower() for call in calls)
    assert outcomes == sorted(EXPECTED[name]["outcomes"])


def test_a_session_with_subagents_is_that_of_its_main_agent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(CASES / "lines", tmp_path / "home")
    (session,) = scanned(capsys)["sessions"]
    assert session["path"].endswith("chats/session-2026-11-02T10-00-7d1f0c52.jsonl")
    assert session["session"] == "7d1f0c52-0a3b-4c77-9a61-3f0a1b2c3d4e"


def test_the_home_of_the_client_is_where_its_variable_says(tmp_path: Path) -> None:
    shutil.copytree(CASES / "lines", tmp_path / "elsewhere")
    there = tmp_path / "elsewhere" / ".gemini" / "tmp" / "shop" / "chats"
    assert there in default_places({"HOME": "/x", "GEMINI_CLI_HOME": str(tmp_path / "elsewhere")})
    assert there not in default_places({"HOME": "/x"})


def test_a_folder_of_sessions_and_one_session_can_be_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(CASES / "document", tmp_path / "copy")
    (path,) = (tmp_path / "copy").rglob("session-*.json")
    for place in (tmp_path / "copy", path):
        assert scanned(capsys, str(place))["totals"]["messages"] == 4


def test_other_documents_are_no_sessions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(CASES / "document", tmp_path / "copy")
    (tmp_path / "copy" / "package.json").write_text("{}")
    assert scanned(capsys, str(tmp_path / "copy"))["read"]["files"] == 1


def test_a_document_that_was_written_anew_is_read_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "chats" / "session-1.json"
    for answers in (1, 2):
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({**HEAD, "messages": [said(n) for n in range(answers)]}))
        assert scanned(capsys, str(tmp_path))["totals"]["messages"] == answers


def test_a_folder_that_becomes_known_is_known_to_the_next_scan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(CASES / "document", tmp_path / "home")
    register = tmp_path / "home" / ".gemini" / "projects.json"
    aside = register.rename(tmp_path / "aside")
    for known in (False, True, False):
        if known:
            shutil.copy(aside, register)
        else:
            register.unlink(missing_ok=True)
        (project,) = scanned(capsys)["by_project"]
        assert (project["project"] == "/home/dev/shop") is known


def test_a_folder_named_from_where_one_stands_is_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(CASES / "lines", tmp_path / "home")
    monkeypatch.chdir(tmp_path / "home" / ".gemini" / "tmp" / "shop")
    for place in ("chats", "."):
        report = scanned(capsys, place)
        assert report["totals"]["messages"] == 5
        assert [line["project"] for line in report["by_project"]] == ["/home/dev/shop"]


def test_a_document_beyond_the_limit_is_counted_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "session-1.json").write_text(json.dumps({**HEAD, "messages": [said()]}))
    with (tmp_path / "session-2.json").open("w") as file:
        file.write('{"x":"')
        for _ in range(66):
            file.write("y" * 1024 * 1024)
        file.write('"}')
    report = scanned(capsys, str(tmp_path))
    assert report["totals"]["messages"] == 1
    assert report["read"]["too_long_lines"] == 1


def test_a_message_that_cannot_be_believed_costs_no_other_one_of_its_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strange = said(2, tokens={"input": -5})
    document = {**HEAD, "messages": [said(1), strange, 7, None, said(3)]}
    (tmp_path / "session-1.json").write_text(json.dumps(document))
    report = scanned(capsys, str(tmp_path))
    assert report["totals"]["messages"] == 2
    assert report["read"]["unreadable_lines"] == 3


def test_a_loop_is_found_though_each_result_has_a_name_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = "Output: 1 failed\nExit Code: 2\nProcess Group PGID: 47{}"
    turns = [
        said(number, toolCalls=[made(number, "make test", output.format(number + 10))])
        for number in range(6)
    ]
    write(tmp_path / "session-1.jsonl", HEAD, *turns)
    (loop,) = scanned(capsys, str(tmp_path))["loops"]["found"]
    assert (loop["rule"], loop["times"]) == ("repeat", 6)
    assert (loop["first_line"], loop["last_line"]) == (2, 7)


def test_twin_tests_that_tell_something_new_are_no_loop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    turns = [
        said(number, toolCalls=[made(number, "make test", f"Output: {number} failed")])
        for number in range(6)
    ]
    write(tmp_path / "session-1.jsonl", HEAD, *turns)
    assert scanned(capsys, str(tmp_path))["loops"]["found"] == []


def test_calls_of_a_document_stand_at_their_lines(tmp_path: Path) -> None:
    turns = [said(n, toolCalls=[made(n, "make", "x"), made(n + 9, "ls", "y")]) for n in (1, 2)]
    path = tmp_path / "session-1.json"
    path.write_text(json.dumps({**HEAD, "messages": turns}, indent=2))
    lines = path.read_text().split("\n")
    (found,) = find(path)
    for call in read(found).calls:
        assert lines[call.line - 1].strip() == "{"
        assert '"id": "run_shell_command' in lines[call.line]


def test_a_torn_first_line_hides_no_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "chats" / "session-1.jsonl", said(1), said(2))
    path.write_text('{"sessionId":"one","projec\n' + path.read_text())
    report = scanned(capsys, str(tmp_path))
    assert report["totals"]["messages"] == 2
    assert report["read"]["unreadable_lines"] == 1


def test_an_answer_without_usage_is_said_to_be_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "session-1.jsonl", HEAD, said(1), said(2, tokens=None))
    assert scanned(capsys, str(tmp_path))["totals"]["messages_without_usage"] == 1
    assert run_command(["scan", str(tmp_path)]) == Exit.YES
    assert "1 messages were recorded without their usage" in capsys.readouterr().out


def test_answers_that_an_old_client_put_into_one_message_are_the_same_in_both_forms(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A resumed session is written again as lines; the document stays, and neither has the usage
    of the second and the third answer."""
    merged = said(toolCalls=[made(n, f"make {n}", "x") for n in range(3)])
    (tmp_path / "session-1.json").write_text(json.dumps({**HEAD, "messages": [merged]}))
    write(tmp_path / "session-1.jsonl", HEAD, merged, {"$set": {"messages": [merged]}})
    report = scanned(capsys, str(tmp_path))
    assert report["totals"]["messages"] == 3
    assert report["totals"]["messages_without_usage"] == 2
    assert report["totals"]["tokens"]["total"] == 110


def test_usage_that_comes_later_is_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "session-1.jsonl", HEAD, said(1, tokens=None), said(1))
    report = scanned(capsys, str(tmp_path))
    assert "messages_without_usage" not in report["totals"]
    assert report["totals"]["tokens"]["total"] == 110


def test_every_view_says_whose_session_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "session-1.jsonl", HEAD, said())
    for form in ((), ("--html",), ("--csv",), ("--json",)):
        assert run_command(["scan", str(tmp_path), *form]) == Exit.YES
        assert "gemini" in capsys.readouterr().out.replace("gemini-2.5-flash", "")


def test_a_backtest_takes_a_session_with_its_subagents(tmp_path: Path) -> None:
    shutil.copytree(CASES / "lines", tmp_path / "home")
    report = backtest(contract_of('[scope]\nedit = ["src/**"]'), tmp_path / "home")
    (session,) = report.sessions
    assert session.project.text == "/home/dev/shop"
    assert session.agent == "gemini"
    assert sum(report.fates.values()) == 3
    assert report.fates.get(Fate.UNCLEAR, 0) == 0


def test_a_backtest_takes_a_session_in_both_forms_once(tmp_path: Path) -> None:
    shutil.copytree(CASES / "resumed", tmp_path / "home")
    report = backtest(contract_of('[scope]\nedit = ["src/**"]'), tmp_path / "home")
    assert [session.used.messages for session in report.sessions] == [3]


def test_calls_in_an_unknown_folder_are_not_decided(tmp_path: Path) -> None:
    write(tmp_path / "session-1.jsonl", HEAD, said(toolCalls=[made(1, "make", "x")]))
    report = backtest(contract_of('[scope]\nedit = ["src/**"]'), tmp_path)
    assert report.fates == {Fate.UNCLEAR: 1}
