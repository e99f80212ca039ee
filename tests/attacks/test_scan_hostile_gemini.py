"""Sessions of Gemini CLI made to break a scan or to move its numbers, each beside an honest one."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.main import run_command

HASH = hashlib.sha256(b"/home/dev/shop").hexdigest()
HEAD = json.dumps({"sessionId": "one", "projectHash": HASH, "kind": "main"})


@pytest.fixture(autouse=True)
def a_machine_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("REMIT_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("TZ", "UTC")


def answer(name: str, tokens: object, **more: object) -> str:
    head = {"id": name, "timestamp": "2026-11-02T10:00:00.000Z", "type": "gemini"}
    return json.dumps({**head, "tokens": tokens, "model": "gemini-2.5-flash", **more})


HONEST = answer("honest", {"input": 100, "output": 10, "cached": 0})
COUNTED = {
    "a-number-beyond-every-integer": answer("evil", {"input": 10**30}),
    "a-number-nobody-can-have": answer("evil", {"output": 10**12}),
    "negative-usage-to-lower-the-bill": answer("evil", {"input": -5, "output": -(10**9)}),
    "a-number-without-end": answer("evil", {"input": 1}).replace(": 1}", ": 1e999}"),
    "no-number-at-all": answer("evil", {"input": 1}).replace(": 1}", ": NaN}"),
    "half-a-token": answer("evil", {"input": 0.5}),
    "usage-that-is-text": answer("evil", {"input": "many"}),
    "usage-that-is-a-list": answer("evil", [1, 2]),
    "a-name-that-is-a-number": answer("evil", {"input": 5}).replace('"evil"', "7"),
    "calls-that-are-text": answer("evil", {"input": 5}, toolCalls="all"),
    "arrays-without-end": '{"id":"evil","type":"gemini","content":' + "[" * 200_000,
    "nothing-but-nul": "\0" * 100_000,
}
HARMLESS = {
    "messages-within-messages": answer("x", None, type="user", messages=[{"id": "y"}] * 9),
    "a-record-nobody-knows": '{"$delete":"everything"}',
    "a-rewind-to-nowhere": '{"$rewindTo":"honest"}',
    "a-head-with-another-folder": json.dumps({"sessionId": "two", "projectHash": "../../etc"}),
}


def scanned(capsys: pytest.CaptureFixture[str], place: Path) -> Any:
    assert run_command(["scan", str(place), "--json"]) == Exit.YES
    return json.loads(capsys.readouterr().out)


def lines(folder: Path, *records: str) -> Path:
    path = folder / "chats" / "session-1.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{record}\n" for record in (HEAD, *records)))
    return path


@pytest.mark.parametrize("name", COUNTED)
def test_a_hostile_record_is_counted_and_hurts_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    lines(tmp_path, COUNTED[name], HONEST)
    report = scanned(capsys, tmp_path)
    assert report["totals"]["messages"] == 1
    assert report["totals"]["tokens"]["total"] == 110
    assert report["read"]["unreadable_lines"] == 1


@pytest.mark.parametrize("name", HARMLESS)
def test_twin_a_strange_record_is_none_of_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    lines(tmp_path, HONEST, HARMLESS[name])
    report = scanned(capsys, tmp_path)
    assert report["totals"]["tokens"]["total"] == 110
    assert report["read"]["unreadable_lines"] == 0


@pytest.mark.parametrize("name", COUNTED)
def test_a_hostile_message_of_a_document_is_survived(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """What breaks the document as a whole is one that cannot be read; what does not, costs one."""
    whole = f'{HEAD[:-1]}, "messages": [{HONEST}, {COUNTED[name]}]}}'
    (tmp_path / "session-1.json").write_text(whole)
    report = scanned(capsys, tmp_path)
    assert report["totals"]["tokens"]["total"] in (0, 110)
    assert report["read"]["unreadable_lines"] == 1


def test_more_from_the_cache_than_was_read_is_not_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines(tmp_path, answer("evil", {"input": 100, "cached": 10_000_000, "output": 1}))
    tokens = scanned(capsys, tmp_path)["totals"]["tokens"]
    assert (tokens["input"], tokens["cache_read"], tokens["total"]) == (0, 100, 101)


def test_one_answer_said_a_thousand_times_is_said_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = [HONEST] * 500
    checkpoint = f'{{"$set":{{"messages":[{",".join(again)}]}}}}'
    lines(tmp_path, *again, checkpoint, HONEST.replace("10:00:00", "11:00:00"))
    (tmp_path / "copy").mkdir()
    lines(tmp_path / "copy", *again)
    assert scanned(capsys, tmp_path)["totals"]["tokens"]["total"] == 110


@pytest.mark.parametrize("place", ["result", "args"])
def test_deep_arguments_and_results_are_survived(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    call = json.dumps({"id": "c", "name": "x", "status": "success", place: 0})
    deep = call.replace(": 0}", ": " + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}")
    lines(tmp_path, HONEST, answer("deep", None, toolCalls=[]).replace("[]", f"[{deep}]"))
    report = scanned(capsys, tmp_path)
    assert report["totals"]["tokens"]["total"] == 110
    assert report["read"]["unreadable_lines"] == 1


def test_a_folder_is_believed_only_where_its_digest_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What lies beside a session could name any project, another person's too."""
    lines(tmp_path / ".gemini" / "tmp" / "shop", HONEST)
    (tmp_path / ".gemini" / "tmp" / "shop" / ".project_root").write_text("/home/dev/mill")
    (tmp_path / ".gemini" / "projects.json").write_text('{"projects":{"/home/dev/mill":"shop"}}')
    (project,) = scanned(capsys, tmp_path / ".gemini")["by_project"]
    assert project["project"] == f"folder unknown (Gemini project {HASH[:12]})"


@pytest.mark.parametrize("path", ["//x", "///", "/a" * 500_000, "/\0/x", "/./../.."])
def test_a_path_made_to_hold_up_the_search_for_the_folder_ends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    call = {"id": "c", "name": "read_file", "args": {"file_path": path}, "status": "success"}
    lines(tmp_path, answer("honest", {"input": 100, "output": 10}, toolCalls=[call]))
    assert scanned(capsys, tmp_path)["totals"]["tokens"]["total"] == 110


@pytest.mark.parametrize("text", ["[", "[]", "7", '{"projects":7}', '{"projects":' * 50_000, "\0"])
def test_a_register_that_is_none_names_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    lines(tmp_path / ".gemini" / "tmp" / "shop", HONEST)
    (tmp_path / ".gemini" / "projects.json").write_text(text)
    (project,) = scanned(capsys, tmp_path / ".gemini")["by_project"]
    assert project["project"].startswith("folder unknown")


def test_pipes_and_links_beside_a_session_hold_nothing_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / ".gemini" / "tmp" / "shop"
    path = lines(project, HONEST)
    os.mkfifo(project / ".project_root")
    (tmp_path / ".gemini" / "projects.json").symlink_to("/dev/zero")
    os.mkfifo(project / "chats" / "session-2.json")
    (project / "chats" / "session-3.jsonl").symlink_to(path)
    (project / "chats" / "again").symlink_to(project)
    (project / "chats" / "session-4.json").symlink_to("/dev/zero")
    report = scanned(capsys, tmp_path / ".gemini")
    assert report["read"]["files"] == 1
    assert report["totals"]["tokens"]["total"] == 110


def test_control_characters_in_a_digest_reach_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = lines(tmp_path, HONEST)
    path.write_text(path.read_text().replace(HASH, "\\u001b[2J\\u001b]0;x\\u0007" * 8))
    assert run_command(["scan", str(tmp_path)]) == Exit.YES
    assert "\x1b" not in capsys.readouterr().out
