"""A second scan reads only what changed, and says the same as one without an index."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from transcript_lines import answer, write

from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.main import run_command


class Ground:
    """Sessions, a state directory, and a way to scan with it or with a fresh one."""

    def __init__(self, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.base, self.capsys = base, capsys
        self.place = base / "projects" / "-home-dev-shop"
        self.state = base / "state"
        self.fresh = 0

    @property
    def index(self) -> Path:
        return self.state / "scan.sqlite3"

    def scan(self, state: Path | None = None) -> Any:
        os.environ["REMIT_STATE"] = str(state or self.state)
        assert run_command(["scan", str(self.base / "projects"), "--json"]) == Exit.YES
        return json.loads(self.capsys.readouterr().out)

    def scan_without_index(self) -> Any:
        self.fresh += 1
        return self.scan(self.base / f"fresh{self.fresh}")

    def agrees(self) -> Any:
        """The report, which is the same with the index and without."""
        found = self.scan()
        assert found == self.scan_without_index()
        return found

    def append(self, name: str, *records: dict[str, object]) -> None:
        with (self.place / name).open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(record) + "\n" for record in records)


@pytest.fixture
def ground(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Ground:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("REMIT_STATE", "")
    monkeypatch.setenv("TZ", "UTC")
    ground = Ground(tmp_path, capsys)
    for name in ("a", "b", "c"):
        write(ground.place / f"{name}.jsonl", answer(f"msg_{name}", "req_1", sessionId=name))
    ground.scan()
    return ground


def messages(report: Any) -> int:
    return int(report["totals"]["messages"])


def test_what_was_not_changed_is_not_read_again(ground: Ground) -> None:
    """The content is exchanged and the index told that this is what it knows."""
    path = write(ground.place / "a.jsonl", answer("msg_x", "req_1"), answer("msg_y", "req_1"))
    state = path.stat()
    connection = sqlite3.connect(ground.index)
    with connection:
        connection.execute(
            "UPDATE file SET size = ?, changed_ns = ?, inode = ? WHERE path = ?",
            (state.st_size, state.st_ctime_ns, state.st_ino, str(path)),
        )
    connection.close()
    assert messages(ground.scan()) == 3
    assert messages(ground.scan_without_index()) == 4


def test_a_file_that_grew_counts_what_was_added(ground: Ground) -> None:
    ground.append("a.jsonl", answer("msg_d", "req_1"), answer("msg_e", "req_1"))
    assert messages(ground.agrees()) == 5


def test_a_line_that_was_half_written_counts_when_it_is_whole(ground: Ground) -> None:
    path = ground.place / "a.jsonl"
    line = json.dumps(answer("msg_d", "req_1")) + "\n"
    with path.open("a") as file:
        file.write(line[:100])
    assert messages(ground.agrees()) == 3
    with path.open("a") as file:
        file.write(line[100:])
    assert messages(ground.agrees()) == 4


def test_a_file_that_was_cut_or_replaced_counts_as_it_is(ground: Ground) -> None:
    write(ground.place / "a.jsonl")
    assert messages(ground.agrees()) == 2
    replaced = write(ground.base / "new.jsonl", answer("msg_x", "req_1"), answer("msg_y", "req_1"))
    replaced.replace(ground.place / "b.jsonl")
    assert messages(ground.agrees()) == 3


def test_the_same_size_and_time_do_not_hide_a_change(ground: Ground) -> None:
    path = ground.place / "a.jsonl"
    state = path.stat()
    path.write_text(path.read_text().replace('"output_tokens":10', '"output_tokens":99'))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert ground.agrees()["totals"]["tokens"]["output"] == 119


def test_a_file_that_is_gone_is_not_counted(ground: Ground) -> None:
    (ground.place / "a.jsonl").unlink()
    assert messages(ground.agrees()) == 2


def test_a_new_file_that_repeats_messages_does_not_count_them_again(ground: Ground) -> None:
    first = answer("msg_a", "req_1", sessionId="a")
    write(ground.place / "d.jsonl", first, answer("msg_d", "req_1", sessionId="d"))
    assert messages(ground.agrees()) == 4


def test_a_grown_file_that_begins_to_repeat_another_is_noticed(ground: Ground) -> None:
    ground.append("b.jsonl", answer("msg_a", "req_1", sessionId="a"))
    assert messages(ground.agrees()) == 3
    (ground.place / "a.jsonl").unlink()
    assert messages(ground.agrees()) == 3


def test_other_prices_are_applied_to_what_is_known(ground: Ground) -> None:
    own = ground.base / "config" / "remit" / "prices.toml"
    own.parent.mkdir(parents=True)
    before = ground.scan()["totals"]["cost_micro_usd"]
    own.write_text('[models."claude-*"]\ninput = "100"\noutput = "100"\n')
    assert ground.agrees()["totals"]["cost_micro_usd"] == 3 * 110 * 100 > before


def test_scanning_one_folder_does_not_disturb_what_is_known_of_the_others(ground: Ground) -> None:
    os.environ["REMIT_STATE"] = str(ground.state)
    assert run_command(["scan", str(ground.place / "a.jsonl"), "--json"]) == Exit.YES
    assert messages(json.loads(ground.capsys.readouterr().out)) == 1
    assert messages(ground.agrees()) == 3


@pytest.mark.parametrize("damage", ["rubbish", "empty", "cut", "folder", "schema"])
def test_a_damaged_index_is_made_anew(ground: Ground, damage: str) -> None:
    for part in ground.state.glob("scan.sqlite3-*"):
        part.unlink()
    match damage:
        case "rubbish":
            ground.index.write_bytes(b"no database at all" * 1000)
        case "empty":
            ground.index.write_bytes(b"")
        case "cut":
            ground.index.write_bytes(ground.index.read_bytes()[:5000])
        case "folder":
            ground.index.unlink()
            ground.index.mkdir()
        case "schema":
            connection = sqlite3.connect(ground.index)
            connection.executescript("DROP TABLE file; CREATE TABLE file (other);")
            connection.close()
    assert messages(ground.agrees()) == 3


def test_a_damaged_value_is_read_again(ground: Ground) -> None:
    connection = sqlite3.connect(ground.index)
    with connection:
        connection.execute("UPDATE file SET content = zeroblob(length(content))")
        connection.execute("UPDATE meta SET value = zeroblob(20) WHERE name = 'merged'")
    connection.close()
    assert messages(ground.agrees()) == 3


def test_two_scans_at_once_both_answer(ground: Ground) -> None:
    ground.append("a.jsonl", answer("msg_d", "req_1"))
    holder = sqlite3.connect(ground.index, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        assert messages(ground.scan()) == 4
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert messages(ground.agrees()) == 4
