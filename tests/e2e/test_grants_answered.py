"""A held call, answered by a person from another terminal."""

from __future__ import annotations

import json
import time
from pathlib import Path

from scripted_run import SECONDS, Stage


def _marking(stage: Stage) -> dict[str, object]:
    """A tool Remit does not know; each use of it leaves a line in the edit scope."""
    tool = stage.root / "unknown-tool"
    tool.write_text("#!/bin/sh\necho ran >> stocklist/ran.txt\n")
    tool.chmod(0o755)
    return stage.bash("./unknown-tool --now")


def _request(stage: Stage) -> dict[str, object]:
    """The one open request, as soon as it is there."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        code, out = stage.cli("requests", "--json")
        assert code == 0, out
        if found := json.loads(out)["requests"]:
            return found[0]
        time.sleep(0.1)
    raise AssertionError("no request was opened")


def _runs(stage: Stage) -> int:
    ran = stage.root / "stocklist/ran.txt"
    return len(ran.read_text().splitlines()) if ran.exists() else 0


def test_a_granted_call_runs_exactly_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    with stage.start([_marking(stage), stage.repair()], "--wait", "20s") as process:
        asked = _request(stage)
        assert _runs(stage) == 0
        code, out = stage.cli("grant", str(asked["request"]), "--reason", "needed once")
        assert code == 0, out
        out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, out + err
    assert _runs(stage) == 1


def test_a_refused_call_is_denied_with_the_reason(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    with stage.start([_marking(stage), stage.repair()], "--wait", "20s") as process:
        asked = _request(stage)
        code, out = stage.cli("refuse", str(asked["request"]), "--reason", "use the fixture")
        assert code == 0, out
        out, err = process.communicate(timeout=SECONDS)
    assert _runs(stage) == 0
    assert "use the fixture" in out + err
    assert process.returncode == 0, out + err
