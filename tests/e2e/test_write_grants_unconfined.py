"""A granted write where no kernel layer holds the agent: no restart, and one path all the same."""

from __future__ import annotations

import json
import time
from pathlib import Path

from scripted_run import SECONDS, Stage


def _write(stage: Stage, path: str) -> dict[str, object]:
    return {"tool": "Write", "input": {"file_path": str(stage.root / path), "content": "new\n"}}


def _ran(tmp_path: Path, second: str) -> tuple[Stage, dict[str, object], str]:
    """A run that asks for README.md, waits, and writes README.md and ``second``."""
    stage = Stage(tmp_path, means="none")
    stage.contract = stage.contract.replace(
        "[scope]", '[commands]\nfree = ["sleep 6"]\n\n[scope]', 1
    )
    asked = _write(stage, "NOTES.md")
    steps = [asked, stage.bash("sleep 6"), asked, _write(stage, second), stage.repair()]
    with stage.start(steps) as process:
        record = stage.wait_for(lambda record: bool(record.requests))
        time.sleep(0.5)
        code, out = stage.cli(
            "grant", next(iter(record.requests)), "--until", "end", "--reason", "part of it"
        )
        assert code == 0, out
        printed, err = process.communicate(timeout=SECONDS)
    return stage, json.loads(printed), err


def test_the_granted_path_is_written_and_no_other(tmp_path: Path) -> None:
    stage, told, err = _ran(tmp_path, "OTHER.md")
    assert (stage.root / "NOTES.md").read_text() == "new\n"
    assert not (stage.root / "OTHER.md").exists()
    assert "started again" not in err
    assert told["verdict"] == "pass"
    record = stage.record()
    assert record is not None
    assert not record.crossed
    assert record.commit is not None
    assert "NOTES.md" in record.commit.files
