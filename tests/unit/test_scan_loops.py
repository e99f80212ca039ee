"""``remit scan``: loops, where they stand and what they cost; what people see of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from transcript_lines import answer, call, result, write

from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.main import run_command


@pytest.fixture(autouse=True)
def a_machine_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("REMIT_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("TZ", "UTC")


def looping(times: int, tool: str = "Bash", **more: object) -> list[dict[str, object]]:
    """A session that asks the same ``times`` times; each answer costs 1,500 micro-dollars."""
    records: list[dict[str, object]] = []
    for number in range(times):
        asked = call(f"toolu_{number}", tool, command="make")
        usage: dict[str, object] = {"input_tokens": 0, "output_tokens": 100}
        records.append(
            answer(f"msg_{number}", f"req_{number}", usage=usage, content=[asked], **more)  # type: ignore[arg-type]
        )
        records.append(result(f"toolu_{number}", f"nothing to do, 0.{number}1s"))
    return records


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run_command(["scan", *arguments, "--json"]) == Exit.YES
    return json.loads(capsys.readouterr().out)


def page(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run_command(["scan", *arguments]) == Exit.YES
    return capsys.readouterr().out


def test_a_loop_is_shown_with_its_lines_its_cost_and_its_stop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "one.jsonl", *looping(8))
    (loop,) = report(capsys, str(path))["loops"]["found"]
    assert (loop["rule"], loop["times"], loop["tool"]) == ("repeat", 8, "Bash")
    assert (loop["first_line"], loop["stopped_line"], loop["last_line"]) == (1, 9, 15)
    assert loop["cost_micro_usd"] == 7 * 1500
    assert loop["saved_micro_usd"] == 3 * 1500


def test_a_copied_session_has_its_loop_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "a.jsonl", *looping(8))
    write(tmp_path / "b.jsonl", *looping(8))
    found = report(capsys, str(tmp_path))["loops"]
    assert len(found["found"]) == 1
    assert found["cost_micro_usd"] == 7 * 1500


def test_a_loop_at_an_unknown_price_is_not_priced_as_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "one.jsonl", *looping(8, model="claude-zeta-9"))
    assert report(capsys, str(path))["loops"]["found"][0]["price_known"] is False
    assert "price unknown" in page(capsys, str(path))


def test_parallel_calls_in_one_record_each_get_their_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = [call("toolu_a", "Read", file_path="a"), call("toolu_b", "Read", file_path="b")]
    both = result("toolu_a", "text of a")
    both["message"]["content"].append(  # type: ignore[index]
        {"tool_use_id": "toolu_b", "type": "tool_result", "content": "gone", "is_error": True}
    )
    records = [answer(content=blocks), both]
    assert report(capsys, str(write(tmp_path / "one.jsonl", *records)))["totals"]["messages"] == 1


def test_the_page_says_what_it_cost_and_what_was_learned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "one.jsonl", *looping(8))
    shown = page(capsys, str(path))
    assert "$0.01 at list price" in shown
    assert "a subscription is billed otherwise" in shown
    assert "the same call with the same result, 8 times in a row" in shown
    assert f"{path}:1-15" in shown
    assert "repeat stops at line 9" in shown


def test_no_name_in_a_transcript_reaches_the_terminal_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "\x1b]0;owned\x07\u202e"
    records = looping(8, tool=f"Bash{evil}", cwd=f"/home/dev/{evil}", model=f"claude-{evil}")
    shown = page(capsys, str(write(tmp_path / "one.jsonl", *records)))
    assert "\x1b]" not in shown
    assert "\u202e" not in shown
    assert "\x07" not in shown


def test_only_the_days_and_projects_that_are_asked_for_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "old.jsonl", answer(at="2026-03-01T12:00:00Z"))
    write(tmp_path / "new.jsonl", answer("msg_2", "req_2", cwd="/home/dev/other"))
    write(tmp_path / "loop.jsonl", *looping(8, at="2026-03-01T12:00:00Z"))
    since = report(capsys, str(tmp_path), "--since", "2026-05-01")
    assert since["totals"]["messages"] == 1
    assert since["loops"]["found"] == []
    other = report(capsys, str(tmp_path), "--project", "other")
    assert [line["project"] for line in other["by_project"]] == ["/home/dev/other"]
    assert run_command(["scan", str(tmp_path), "--since", "yesterday"]) == Exit.USAGE


def test_a_folder_without_sessions_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no message of a model" in page(capsys, str(tmp_path))


def test_nothing_is_written_where_the_sessions_lie(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "projects"
    path = write(place / "one.jsonl", *looping(8))
    before = (path.read_bytes(), path.stat().st_mtime_ns, sorted(place.rglob("*")))
    page(capsys, str(place))
    assert (path.read_bytes(), path.stat().st_mtime_ns, sorted(place.rglob("*"))) == before
