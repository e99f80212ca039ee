"""A client that takes no hooks, secrets and hostile texts in a run, packets that were edited."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from scripted_run import SECONDS, Stage

TOKEN = "ghp_" + "A1b2C3d4E5f6G7h8I9j0" + "K1l2M3n4O5p6Q7r8"
PASSWORD = "hunter2" + "x9zQ"
MARKUP = "<img src=x onerror=alert(1)> [x](javascript:1) @everyone"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_a_client_that_ends_well_without_a_hook_does_not_pass(stage: Stage) -> None:
    """It even repairs the parser: nothing held it, so nothing can be said for it."""
    client = stage.tmp / "claude"
    repair = 's/line.split(",")/line.rsplit(",", 1)/'
    client.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "2.1.300 (Claude Code)" && exit\n'
        f"sed -i '{repair}' stocklist/parser.py\n"
    )
    client.chmod(0o755)
    stage.prepare()
    argv = [
        "run",
        str(stage.tmp / "contract.toml"),
        "--yes",
        "--json",
        "--",
        str(client),
        "-p",
        "x",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "remit", *argv],
        cwd=stage.root,
        env={**os.environ, "REMIT_STATE": str(stage.state)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    record = stage.record()

    assert done.returncode == 1, done.stderr
    assert record is not None
    assert record.stopped is not None
    assert record.stopped.trigger == "not-governed"
    packet = json.loads(Path(json.loads(done.stdout)["packet"]["json"]).read_text())
    assert packet["control"] != "controlled"


def test_secrets_in_commands_reach_neither_ledger_nor_packet(stage: Stage) -> None:
    remote = f"https://ann:{TOKEN}@example.org/r.git"
    subprocess.run(["git", "remote", "add", "origin", remote], cwd=stage.root, check=True)
    stage.closing = f"I used {TOKEN}"
    code, _ = stage.go(
        [
            [stage.repair()],
            [stage.bash(f"curl -H 'Authorization: Bearer {TOKEN}' https://x.example")],
            [stage.bash(f"echo {TOKEN} password={PASSWORD}")],
        ]
    )
    assert code == 0
    kept = [*stage.state.glob("ledger*"), *(stage.state / "runs").rglob("packet*")]
    assert len(kept) >= 4
    for file in kept:
        for secret in (TOKEN, PASSWORD):
            assert secret.encode() not in file.read_bytes(), file


def test_hostile_texts_stay_texts_in_every_view(stage: Stage) -> None:
    stage.contract = stage.contract.replace("Fix the failing parser test", f"Fix {MARKUP}")
    stage.closing = f"Done \x1b]0;x\x07 {MARKUP} ![i](http://example.org/x)"
    name = str(stage.root / "stocklist/<img src=x>\x1b[2J.py")
    odd = {"tool": "Write", "input": {"file_path": name, "content": "x = 1\n"}}
    code, result = stage.go([[stage.repair()], [odd]])
    assert code == 0
    folder = Path(str(result["packet"]["html"])).parent  # type: ignore[index]
    page, comment = (folder / "packet.html").read_text(), (folder / "packet.md").read_text()
    for text in (page, comment, stage.cli("show", "last")[1], stage.cli("runs")[1]):
        assert "\x1b" not in text
    assert "<img" not in page
    assert re.sub(r"`[^`]*`", "", comment).count("<img") == 0
    assert "](javascript" not in comment
    assert "](http://example.org" not in comment
    assert "@everyone" not in comment


def test_a_packet_speaks_only_for_its_own_run_and_only_as_it_was_written(stage: Stage) -> None:
    _, first = stage.go([[stage.repair()]])
    subprocess.run(["git", "checkout", "-q", "."], cwd=stage.root, check=True)
    more = {"tool": "Write", "input": {"file_path": f"{stage.root}/stocklist/b.py", "content": ""}}
    _, second = stage.go([[stage.repair()], [more]])

    def gate(packet: str, run: object) -> int:
        return stage.cli("gate", "--packet", packet, "--commit", f"remit/{run}")[0]

    own = str(first["packet"]["json"])  # type: ignore[index]
    assert gate(own, first["run"]) == 0
    assert gate(own, second["run"]) == 1
    edited = stage.tmp / "packet.json"
    edited.write_bytes(Path(own).read_bytes() + b" ")
    assert gate(str(edited), first["run"]) == 6
