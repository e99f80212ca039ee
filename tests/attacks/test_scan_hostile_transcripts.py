"""Transcripts made to break a scan: each is survived, and what is not believed is counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.main import run_command


@pytest.fixture(autouse=True)
def a_machine_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("REMIT_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("TZ", "UTC")


def line(usage: object, **more: object) -> str:
    message = {"id": "msg_evil", "role": "assistant", "model": "claude-sonnet-4-5", "content": []}
    record = {"type": "assistant", "requestId": "r", "timestamp": "2026-05-05T12:00:00Z", **more}
    return json.dumps({**record, "message": {**message, "usage": usage}}) + "\n"


def nested(depth: int, opened: str, closed: str) -> str:
    call = '{"type":"tool_use","id":"t","name":"X","input":'
    body = f"{opened * depth}1{closed * depth}"
    head = '{"type":"assistant","message":{"id":"q","usage":{"input_tokens":1},"content":['
    return f"{head}{call}{body}}}]}}}}\n"


HOSTILE = {
    "a-number-beyond-every-integer": line({"input_tokens": 10**30}),
    "numbers-that-overflow-together": line(
        {"input_tokens": 2**63 - 1, "output_tokens": 2**63 - 1, "cache_read_input_tokens": 2**63}
    ),
    "negative-usage-to-lower-the-bill": line({"input_tokens": -5, "output_tokens": -(10**9)}),
    "a-number-without-end": line({"input_tokens": 1}).replace(": 1}", ": 1e999}"),
    "usage-that-is-text": line({"input_tokens": "many"}),
    "arrays-without-end": '{"type":"assistant","message":' + "[" * 200_000 + "\n",
    "deep-arguments": nested(100_000, '{"a":', "}"),
    "half-a-character": line({"input_tokens": "\ud800"}),
    "nothing-but-nul": "\0" * 100_000 + "\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_record_is_counted_and_hurts_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    honest = line({"input_tokens": 100}).replace("msg_evil", "msg_good")
    folder = tmp_path / "projects"
    folder.mkdir()
    (folder / "one.jsonl").write_text(HOSTILE[name] + honest)
    assert run_command(["scan", str(folder), "--json"]) == Exit.YES
    report = json.loads(capsys.readouterr().out)
    assert report["totals"]["messages"] == 1
    assert report["totals"]["tokens"]["input"] == 100
    assert report["read"]["unreadable_lines"] == 1


@pytest.mark.parametrize("at", ["", "٢٠٢٦-٠٥-٠٥T١٢:٠٠", "9999-99-99T99:99", "-1"])
def test_a_time_that_is_none_is_a_day_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], at: str
) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text(line({"input_tokens": 100}, timestamp=at), encoding="utf-8")
    assert run_command(["scan", str(path), "--json"]) == Exit.YES
    report = json.loads(capsys.readouterr().out)
    assert report["totals"]["messages"] == 1
    assert [row["day"] for row in report["by_day"]] == ["unknown"]


def test_a_file_name_that_is_no_text_is_shown_spelled_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "bad\udcff.jsonl").write_text(line({"input_tokens": 100}))
    for _ in range(2):
        assert run_command(["scan", str(tmp_path / "p"), "--json"]) == Exit.YES
        assert json.loads(capsys.readouterr().out)["sessions"][0]["path"].endswith("bad\\xff.jsonl")


def test_more_than_can_be_added_up_is_a_file_that_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    usage = {"output_tokens": 20_000_000}
    lines = (
        line(usage, requestId=str(number)).replace("claude-sonnet-4-5", "o1-pro")
        for number in range(2_000)
    )
    (tmp_path / "one.jsonl").write_text("".join(lines))
    assert run_command(["scan", str(tmp_path), "--json"]) == Exit.YES
    report = json.loads(capsys.readouterr().out)
    assert len(report["read"]["unreadable_files"]) == 1
