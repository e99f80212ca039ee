"""From a recorded run to the gate's exit code, with a real repository and a real ledger."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from remit.adapters.render.views import save, views_of
from remit.codec.contract import freeze
from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.main import run_command
from remit.model import events as e
from remit.model.ids import RunId
from remit.model.record import gather
from remit.services.packets import compose
from remit.storage.ledger import Holder
from remit.storage.locate import StateDir, open_state
from remit.storage.sqlite import SqliteLedger
from remit.system.git import open_repository
from remit.testing import builders

RUN = RunId(builders.RUN)


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=0")
    command = ["git", "-C", str(root), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(root: Path, path: str, text: str) -> str:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "change")
    return git(root, "rev-parse", "HEAD")


class Place:
    """A repository with one run on it, recorded and packed as a run's end does it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        git(root.parent, "init", "-q", "-b", "main", str(root))
        commit(root, "README.md", "parser\n")
        self.base = commit(root, "src/parser/core.py", "def parse(): ...\n")
        self.commit = commit(root, "src/parser/core.py", "def parse():\n    return []\n")
        self.state: StateDir = open_state(os.environ)

    def happened(self) -> list[e.Event]:
        """An honest run whose commits are this repository's."""
        contract = builders.contract()
        tree = git(self.root, "rev-parse", f"{self.commit}^{{tree}}")
        replaced: list[e.Event] = []
        for event in builders.honest_run(contract, freeze(contract)[1]):
            match event:
                case e.RunOpened():
                    event = replace(event, root=str(self.root), start_commit=self.base)
                case e.CheckRan(phase=e.CheckPhase.BEFORE):
                    event = replace(event, commit=self.base)
                case e.CheckRan():
                    event = replace(event, commit=self.commit)
                case e.CommitMade():
                    event = replace(event, base=self.base, commit=self.commit, tree=tree)
            replaced.append(event)
        return replaced

    def record(self, happened: list[e.Event]) -> None:
        ledger = SqliteLedger.open(self.state.ledger)
        lease = ledger.acquire(RUN, Holder(1, 1, "boot"), builders.START_US)
        ledger.append(lease, happened, builders.START_US)
        ledger.release(lease)
        ledger.close()

    def pack(self) -> Path:
        ledger = SqliteLedger.open(self.state.ledger)
        repository = open_repository(self.root, self.state.repository)
        record = gather(RUN, ledger.recorded(RUN))
        built_us = builders.START_US + 60_000_000
        packet = compose(record, ledger, repository, now_us=built_us, version="0.1.0")
        views = views_of(packet)
        directory = self.state.run(RUN)
        save(views, directory)
        ledger.close()
        self.record([views.built()])
        return directory / "packet.json"

    def gate(self, packet: Path, commit: str, *further: str) -> int:
        asked = ("--packet", str(packet), "--commit", commit, "--repository", str(self.root))
        return run_command(["gate", *asked, *further])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "repository")


@pytest.fixture
def packed(place: Place) -> Path:
    place.record(place.happened())
    return place.pack()


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def rules(found: dict[str, Any]) -> set[str]:
    return {finding["rule"] for finding in found["verdict"]["findings"]}


def test_an_honest_run_passes_and_the_packet_says_the_same(
    place: Place, packed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.gate(packed, place.commit, "--json") == Exit.YES
    found = answer(capsys)
    assert found["verdict"] == json.loads(packed.read_text())["verdict"]
    assert (found["commit"], found["ledger"]["standing"]) == (place.commit, "recorded")


@pytest.mark.parametrize("name", ["main", "HEAD", "short"])
def test_the_commit_may_be_named_as_people_do(
    place: Place, packed: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = place.commit[:10] if name == "short" else name
    assert place.gate(packed, asked) == Exit.YES
    assert capsys.readouterr().out.startswith("PASS")


def test_a_packet_changed_by_one_byte_is_not_believed(
    place: Place, packed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = tmp_path / "forged.json"
    forged.write_bytes(packed.read_bytes().replace(b'"held": 1', b'"held": 0'))
    assert place.gate(forged, place.commit, "--json") == Exit.CANNOT_SAY
    assert rules(answer(capsys)) >= {"ledger.unsigned"}


def test_a_packet_of_another_machine_cannot_be_said(
    place: Place,
    packed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("REMIT_STATE", str(tmp_path / "elsewhere"))
    assert place.gate(packed, place.commit) == Exit.CANNOT_SAY
    assert "ledger.unsigned" in capsys.readouterr().out


def test_a_commit_on_top_reopens_the_gate(
    place: Place, packed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = commit(place.root, "src/parser/core.py", "def parse():\n    return None\n")
    assert place.gate(packed, later, "--json") == Exit.NO
    assert rules(answer(capsys)) >= {"subject.other-commit"}


def test_the_same_tree_in_a_reworded_commit_passes_and_says_so(
    place: Place, packed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(place.root, "commit", "-q", "--amend", "-m", "reworded")
    assert place.gate(packed, "HEAD", "--json") == Exit.YES
    assert rules(answer(capsys)) >= {"subject.same-tree"}


def test_the_same_tree_on_another_base_is_refused(
    place: Place, packed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = git(place.root, "rev-parse", "HEAD^{tree}")
    orphan = git(place.root, "commit-tree", tree, "-m", "squashed")
    assert place.gate(packed, orphan, "--json") == Exit.NO
    assert rules(answer(capsys)) >= {"subject.base-mismatch"}


def test_an_unknown_commit_cannot_be_said(
    place: Place, packed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.gate(packed, "d" * 40) == Exit.CANNOT_SAY
    assert "fetch it" in capsys.readouterr().out


def test_a_rewritten_ledger_is_an_integrity_failure(
    place: Place, packed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(place.state.ledger) as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE entry SET body = x'7b7d' WHERE version = 9")
    database.close()
    assert place.gate(packed, place.commit, "--json") == Exit.INTEGRITY
    found = answer(capsys)
    assert found["ledger"]["broken_at"].startswith("entry 9")
    assert rules(found) >= {"ledger.broken"}


def test_an_older_packet_of_the_run_is_refused(
    place: Place, packed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = tmp_path / "older.json"
    older.write_bytes(packed.read_bytes())
    failed = builders.check_ran(e.CheckPhase.AFTER, place.commit, e.CheckState.FAILED)
    place.record([failed])
    newer = place.pack()
    assert place.gate(older, place.commit, "--json") == Exit.NO
    assert rules(answer(capsys)) >= {"ledger.superseded"}
    assert place.gate(newer, place.commit, "--json") == Exit.NO
    assert rules(answer(capsys)) >= {"evidence.not-satisfied"}


def test_a_credential_in_the_change_blocks(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    token = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3gH5"
    place.commit = commit(place.root, "src/parser/core.py", f"TOKEN = '{token}'\n")
    place.record(place.happened())
    assert place.gate(place.pack(), place.commit, "--json") == Exit.NO
    shown = capsys.readouterr().out
    assert "diff.secret" in shown and token not in shown


@pytest.mark.parametrize(
    ("text", "code"), [("{", Exit.INVALID), ("[]", Exit.INVALID), (None, Exit.USAGE)]
)
def test_what_is_no_packet_says_so(
    place: Place, tmp_path: Path, text: str | None, code: Exit, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "packet.json"
    if text is not None:
        file.write_text(text)
    assert place.gate(file, place.commit) == code
    assert "next:" in capsys.readouterr().err


def test_a_ci_log_gets_no_command_from_the_packet(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    place.commit = commit(place.root, "src/::set-output name=x::y ##[group]", "x\n")
    place.record(place.happened())
    assert place.gate(place.pack(), place.commit) == Exit.NO
    shown = capsys.readouterr().out
    assert "scope.outside" in shown and "::" not in shown and "##[" not in shown


def test_show_is_a_readable_account_of_80_columns(
    packed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["show", "last"]) == Exit.YES
    shown = capsys.readouterr().out
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert "\x1b" not in shown
    for told in ("fix the failing parser test", "✕", "README.md", "PASS", "next: remit packet"):
        assert told in shown


@pytest.mark.parametrize("asked", ["last", builders.RUN, builders.RUN[:9]])
@pytest.mark.parametrize("form", ["md", "json", "html", "path"])
def test_a_packet_is_printed_in_every_form(
    packed: Path, asked: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["packet", asked, "--format", form]) == Exit.YES
    shown = capsys.readouterr().out
    starts = {"md": "## ", "json": "{", "html": "<!doctype html>", "path": str(packed)}
    assert shown.lstrip().startswith(starts[form])


def test_the_printed_json_is_the_recorded_file(
    packed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["packet", "last", "--json"]) == Exit.YES
    assert capsys.readouterr().out.encode() == packed.read_bytes()


def test_a_packet_file_that_was_changed_is_told(
    packed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packed.write_text(packed.read_text().replace("completed", "stopped"))
    assert run_command(["show", "last"]) == Exit.INTEGRITY
    assert str(packed) in capsys.readouterr().err


def test_a_run_that_broke_off_has_a_packet_that_says_so(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.record(place.happened()[:9])
    assert run_command(["packet", "last", "--json"]) == Exit.YES
    assert answer(capsys)["ending"] == "abandoned"
    assert run_command(["packet", "last", "--format", "path"]) == Exit.YES
    written = Path(capsys.readouterr().out.strip())
    assert written.parent.name == "unfinished" and written.exists()


@pytest.mark.parametrize("command", ["show", "packet"])
def test_an_unknown_run_names_the_nearest(
    packed: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command([command, "261122-parser0x"]) == Exit.USAGE
    assert f"did you mean {builders.RUN}?" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["runs"], ["show", "last"]])
def test_before_the_first_run_the_way_to_it_is_told(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run_command(command)
    told = capsys.readouterr()
    assert "remit run" in told.out + told.err


def test_runs_lists_what_happened(packed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["runs"]) == Exit.YES
    assert f"{builders.RUN}  11-22 23:19  completed  fix the failing" in capsys.readouterr().out
    assert run_command(["runs", "--json"]) == Exit.YES
    assert answer(capsys)["runs"][0]["run"] == builders.RUN


def test_runs_starts_without_what_reads_packets(packed: Path) -> None:
    code = (
        "import sys; from remit.interfaces.cli.main import run_command; run_command(['runs']);"
        "print([n for n in ('pydantic', 'jinja2', 'asyncio', 'tree_sitter') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
