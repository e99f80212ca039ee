"""Rollouts of Codex CLI: their usage once, their calls with their results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from transcript_lines import answer, write

from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.main import run_command

META = ("session_meta", {"id": "thread-1", "cwd": "/home/dev/shop"})
TURN = ("turn_context", {"model": "gpt-5-codex"})


@pytest.fixture(autouse=True)
def a_machine_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("REMIT_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("TZ", "UTC")


def usage(fresh: int = 60, cached: int = 40, output: int = 10) -> dict[str, int]:
    total = fresh + cached + output
    return {
        "input_tokens": fresh + cached,
        "cached_input_tokens": cached,
        "output_tokens": output,
        "total_tokens": total,
    }


def used(name: str) -> tuple[str, dict[str, object]]:
    return "token_usage_record", {"response_id": name, "thread_id": "thread-1", "usage": usage()}


def counted(answers: int) -> tuple[str, dict[str, object]]:
    total = {"total_tokens": answers * 110}
    info = {"total_token_usage": total, "last_token_usage": usage()}
    return "event_msg", {"type": "token_count", "info": info}


def total(answers: int, fresh: int = 60) -> tuple[str, dict[str, object]]:
    """The running total after so many answers, the last one of which had ``fresh`` input."""
    so_far = {name: count * answers for name, count in usage().items()}
    so_far["input_tokens"] += fresh - 60
    so_far["total_tokens"] += fresh - 60
    info = {"total_token_usage": so_far, "last_token_usage": usage(fresh)}
    return "event_msg", {"type": "token_count", "info": info}


def meta(name: str, parent: str = "") -> tuple[str, dict[str, object]]:
    forked = {"forked_from_id": parent} if parent else {}
    return "session_meta", {"id": name, "cwd": f"/home/dev/{name}", **forked}


def made(number: int, command: str, output: str) -> list[tuple[str, dict[str, object]]]:
    name, given = f"call_{number}", json.dumps({"cmd": command})
    asked = {"type": "function_call", "name": "exec_command", "arguments": given}
    return [
        ("response_item", {**asked, "call_id": name}),
        ("response_item", {"type": "function_call_output", "call_id": name, "output": output}),
    ]


def rollout(path: Path, *records: tuple[str, object]) -> Path:
    lines = [
        {"timestamp": "2026-11-02T10:00:00.000Z", "type": kind, "payload": payload}
        for kind, payload in records
    ]
    return write(path, *lines)


def report(capsys: pytest.CaptureFixture[str], path: Path) -> Any:
    assert run_command(["scan", str(path), "--json"]) == Exit.YES
    return json.loads(capsys.readouterr().out)


def test_what_was_cached_is_not_counted_as_input_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = report(capsys, rollout(tmp_path / "r.jsonl", META, TURN, used("r0"), used("r1")))
    assert found["totals"]["messages"] == 2
    assert found["totals"]["tokens"]["input"] == 120
    assert found["totals"]["tokens"]["cache_read"] == 80
    assert found["by_project"][0]["project"] == "/home/dev/shop"
    assert found["sessions"][0]["agent"] == "codex"
    assert found["unknown_models"] == []


def test_records_of_usage_and_running_totals_are_not_added_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = (META, TURN, used("r0"), counted(1), used("r1"), counted(2))
    found = report(capsys, rollout(tmp_path / "r.jsonl", *both))
    assert found["totals"]["messages"] == 2


def test_a_running_total_that_is_repeated_is_no_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = (META, TURN, counted(1), counted(1), counted(2), counted(2))
    found = report(capsys, rollout(tmp_path / "r.jsonl", *old))
    assert found["totals"]["messages"] == 2
    assert found["totals"]["tokens"]["output"] == 20


def test_a_fork_counts_what_it_added_to_its_parent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether the copy brings the parent's own beginning or not, and over several generations."""
    parent = (TURN, total(1), total(2))
    rollout(tmp_path / "1.jsonl", meta("one"), *parent)
    rollout(tmp_path / "2.jsonl", meta("two", "one"), meta("one"), *parent, total(3, 70))
    rollout(tmp_path / "3.jsonl", meta("three", "one"), *parent, total(3, 80))
    rollout(
        tmp_path / "4.jsonl",
        meta("four", "two"),
        meta("two", "one"),
        *parent,
        total(3, 70),
        total(4, 90),
    )
    found = report(capsys, tmp_path)
    assert found["totals"]["messages"] == 5
    assert found["totals"]["tokens"]["input"] == 60 + 60 + 70 + 80 + 90
    assert {line["session"] for line in found["sessions"]} == {"one", "two", "three", "four"}


def test_twin_sessions_that_only_look_alike_both_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rollout(tmp_path / "1.jsonl", meta("one"), TURN, total(1), total(2))
    rollout(tmp_path / "2.jsonl", meta("two"), TURN, total(1), total(2))
    assert report(capsys, tmp_path)["totals"]["messages"] == 4


def test_a_fork_repeats_no_answer_that_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rollout(tmp_path / "1.jsonl", meta("one"), TURN, used("r0"), used("r1"))
    rollout(tmp_path / "2.jsonl", meta("two", "one"), TURN, used("r0"), used("r1"), used("r2"))
    assert report(capsys, tmp_path)["totals"]["messages"] == 3


def patched(number: int, old: str, new: str) -> list[tuple[str, object]]:
    patch = f"*** Begin Patch\n*** Update File: a.py\n@@\n x = 1\n-{old}\n+{new}\n*** End Patch"
    asked = {"type": "custom_tool_call", "name": "apply_patch", "input": patch}
    answer = {"type": "custom_tool_call_output", "output": "Success. Updated a.py"}
    name = f"patch_{number}"
    return [
        ("response_item", {**asked, "call_id": name}),
        ("response_item", {**answer, "call_id": name}),
        used(f"r{number}"),
    ]


def test_patches_that_take_each_other_back_are_a_loop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ways = [("y = 1", "y = 2"), ("y = 2", "y = 1")] * 3
    records = [record for at, way in enumerate(ways) for record in patched(at, *way)]
    (loop,) = report(capsys, rollout(tmp_path / "r.jsonl", META, TURN, *records))["loops"]["found"]
    assert (loop["rule"], loop["times"]) == ("oscillation", 3)


def test_twin_patches_that_go_on_are_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ways = [(f"y = {at}", f"y = {at + 1}") for at in range(6)]
    records = [record for at, way in enumerate(ways) for record in patched(at, *way)]
    found = report(capsys, rollout(tmp_path / "r.jsonl", META, TURN, *records))
    assert found["loops"]["found"] == []


def test_a_loop_that_a_fork_only_copied_is_one_loop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records: list[tuple[str, object]] = [TURN]
    for number in range(6):
        records += [*made(number, "make", "nothing to do"), total(number + 1)]
    rollout(tmp_path / "1.jsonl", meta("one"), *records)
    rollout(tmp_path / "2.jsonl", meta("two", "one"), *records, total(7))
    (loop,) = report(capsys, tmp_path)["loops"]["found"]
    assert loop["session"] == "one"


def test_a_total_of_a_long_session_is_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = report(capsys, rollout(tmp_path / "r.jsonl", META, TURN, total(900_000)))
    assert found["totals"]["messages"] == 1


def test_a_loop_is_found_where_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records: list[tuple[str, object]] = [META, TURN]
    for number in range(6):
        output = f"Wall time: 0.{number}000 seconds\nProcess exited with code 0\nnothing to do"
        records += [*made(number, "make", output), used(f"r{number}")]
    (loop,) = report(capsys, rollout(tmp_path / "r.jsonl", *records))["loops"]["found"]
    assert (loop["rule"], loop["times"], loop["first_line"]) == ("repeat", 6, 3)


def test_a_command_that_fails_is_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records: list[tuple[str, object]] = [META, TURN]
    for number in range(8):
        output = "Process exited with code 1\nOutput:\ncannot connect to the daemon"
        records += [*made(number, f"tool{number}", output), used(f"r{number}")]
    (loop,) = report(capsys, rollout(tmp_path / "r.jsonl", *records))["loops"]["found"]
    assert loop["rule"] == "errors"


def test_agents_side_by_side_are_one_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rollout(tmp_path / "r.jsonl", META, TURN, used("r0"))
    write(tmp_path / "c.jsonl", answer())
    found = report(capsys, tmp_path)
    assert {line["agent"] for line in found["sessions"]} == {"codex", "claude-code"}
    assert found["totals"]["messages"] == 2


def test_records_nobody_knows_do_no_harm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = rollout(tmp_path / "r.jsonl", META, TURN, ("token_usage_record", {"usage": 7}))
    with path.open("a") as file:
        file.write('{"type":"token_usage_record","payl\nnull\n')
    found = report(capsys, path)
    assert found["totals"]["messages"] == 0
    assert found["read"]["unreadable_lines"] == 2
