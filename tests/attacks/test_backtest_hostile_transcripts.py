"""Transcripts made to break a backtest, or to speak to whoever reads its report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.main import run_command

CONTRACT = """goal = "repair the shop"
[scope]
edit = ["src/**"]
[evidence]
none = "recorded before"
"""
ESCAPES = "\x1b]0;owned\x07\x1b[2J\u202e\r\n::error::x\x00"


@pytest.fixture(autouse=True)
def a_machine_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "contract.toml"
    path.write_text(CONTRACT)
    return path


def call(name: str, tool: str, **given: object) -> dict[str, object]:
    return {"type": "tool_use", "id": name, "name": tool, "input": given}


def answer(
    name: str, *content: object, at: str = "2026-11-02T10:00:00Z", cwd: str = "/home/dev/shop"
) -> dict[str, object]:
    usage = {"input_tokens": 100, "output_tokens": 10}
    message = {"id": name, "role": "assistant", "model": "claude-sonnet-4-5", "usage": usage}
    record = {"type": "assistant", "requestId": "req_1", "timestamp": at, "cwd": cwd}
    return {**record, "message": {**message, "content": list(content)}}


def result(name: str) -> dict[str, object]:
    block = {"tool_use_id": name, "type": "tool_result", "content": "ok"}
    return {"type": "user", "message": {"role": "user", "content": [block]}}


def write(path: Path, *records: dict[str, object] | str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "".join(one if isinstance(one, str) else json.dumps(one) + "\n" for one in records)
    )


def asked(number: int, tool: str, **given: object) -> list[dict[str, object]]:
    """A call with its honest result."""
    name = f"toolu_{number}"
    made = call(name, tool, **given)
    return [answer(f"msg_{number}", made), result(name)]


def report(
    capsys: pytest.CaptureFixture[str], contract: Path, place: Path, *more: str
) -> tuple[str, str]:
    assert run_command(["backtest", str(contract), str(place), *more]) == Exit.YES
    shown = capsys.readouterr()
    return shown.out, shown.err


HOSTILE: dict[str, str] = {
    "half-a-line": '{"type":"assistant","message":{"id":"x","usa',
    "no-json": "Traceback (most recent call last):\n",
    "arrays-without-end": '{"type":"assistant","message":' + "[" * 200_000 + "\n",
    "nothing-but-nul": "\0" * 100_000 + "\n",
    "input-that-is-a-list": json.dumps(
        answer("msg_x", {"type": "tool_use", "id": "t", "name": "Bash", "input": [1]})
    )
    + "\n",
    "a-call-without-a-name": json.dumps(
        answer("msg_x", {"type": "tool_use", "id": "t", "name": None, "input": {}})
    )
    + "\n",
    "arguments-too-deep": json.dumps(answer("msg_x", call("t", "Bash", command="@"))).replace(
        '"@"', '{"a":' * 5000 + "1" + "}" * 5000
    )
    + "\n",
    "a-time-that-is-none": json.dumps(answer("msg_x", at="99999-99-99T99:99:99Z")) + "\n",
    "half-a-character": json.dumps(answer("msg_x", call("t", "Bash", command="echo \ud800")))
    + "\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_record_hurts_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], contract: Path, name: str
) -> None:
    place = tmp_path / "sessions" / "one.jsonl"
    write(place, HOSTILE[name], "\n" if not HOSTILE[name].endswith("\n") else "")
    with place.open("a") as file:
        for record in asked(1, "Write", file_path="/home/dev/shop/NOTES.md", content="x"):
            file.write(json.dumps(record) + "\n")
    out, _ = report(capsys, contract, place, "--json")
    rules = {group["rule"]: group["calls"] for group in json.loads(out)["by_rule"]}
    assert rules["path.write-out-of-scope"] == 1


def test_a_huge_command_is_decided_without_being_shown_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], contract: Path
) -> None:
    place = tmp_path / "sessions" / "one.jsonl"
    write(place, *asked(1, "Bash", command="a;" * 2_000_000), *asked(2, "Bash", command="ls"))
    out, _ = report(capsys, contract, place)
    assert len(out) < 5000
    assert "1  allowed" in out


def test_an_argument_beyond_what_a_hook_may_send_is_not_decided(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], contract: Path
) -> None:
    place = tmp_path / "sessions" / "one.jsonl"
    huge = "x" * (9 * 1024 * 1024)
    write(place, *asked(1, "Write", file_path="/home/dev/shop/src/a", content=huge))
    out, _ = report(capsys, contract, place, "--json")
    assert json.loads(out)["calls"]["unclear"] == 1


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["terminal", "json"])
def test_no_text_of_a_transcript_acts_on_the_reader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], contract: Path, form: tuple[str, ...]
) -> None:
    place = tmp_path / "sessions" / "one.jsonl"
    write(
        place,
        *asked(1, "Bash", command=f"frobnicate {ESCAPES}"),
        *asked(2, "Write", file_path=f"/home/dev/shop/{ESCAPES}", content="x"),
        *asked(3, f"Tool{ESCAPES}", command="x"),
        *asked(4, "Bash", command="frobnicate \x1b[31m"),
    )
    suggested = tmp_path / "draft.toml"
    out, err = report(capsys, contract, place, *form, "--suggest", str(suggested))
    shown = out + err + suggested.read_text()
    assert not {letter for letter in shown if ord(letter) < 0x20 or letter == "\u202e"} - {"\n"}


def test_places_of_another_machine_are_never_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], contract: Path
) -> None:
    """The recorded path leads through a link here; there it was a file in scope."""
    shop = tmp_path / "shop"
    (shop / "src").mkdir(parents=True)
    (shop / "src" / "a.py").symlink_to(tmp_path / "elsewhere")
    place = tmp_path / "sessions" / "one.jsonl"
    made = call("toolu_1", "Write", file_path=str(shop / "src" / "a.py"), content="x")
    write(place, answer("msg_1", made, cwd=str(shop)), result("toolu_1"))
    out, _ = report(capsys, contract, place, "--json")
    assert json.loads(out)["calls"] | {"questions": 0} == {
        "allowed": 1,
        "answered": 0,
        "asked": 0,
        "denied": 0,
        "stopped": 0,
        "unclear": 0,
        "unclear_because": {},
        "questions": 0,
        "decided_as_written": 1,
    }


def test_a_secret_in_a_command_is_in_no_report_and_in_no_draft(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], contract: Path
) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    place = tmp_path / "sessions" / "one.jsonl"
    write(place, *asked(1, "Bash", command=f"frobnicate --token {secret}"))
    suggested = tmp_path / "draft.toml"
    for form in ((), ("--json",), ("--suggest", str(suggested))):
        out, err = report(capsys, contract, place, *form)
        assert secret not in out + err
    assert secret not in suggested.read_text()


def test_a_contract_is_never_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], contract: Path
) -> None:
    place = tmp_path / "sessions" / "one.jsonl"
    write(place, *asked(1, "Bash", command="frobnicate"))
    done = run_command(["backtest", str(contract), str(place), "--suggest", str(contract)])
    assert done == Exit.USAGE
    assert contract.read_text() == CONTRACT
