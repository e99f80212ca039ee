"""A held call, answered by a person from another terminal."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest
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
        code, out = stage.cli(
            "grant", str(asked["request"]), "--until", "end", "--reason", "needed once"
        )
        assert code == 0, out
        out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, out + err
    assert _runs(stage) == 1
    packet = json.loads(out)["packet"]
    (told,) = json.loads(Path(packet["json"]).read_text())["asked"]
    assert (told["outcome"], told["established"], told["ended"]) == (
        "granted",
        "peer",
        "the run ended",
    )
    for view in ("markdown", "html"):
        assert "needed once" in Path(packet[view]).read_text()


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


@pytest.mark.parametrize("means", ["", "landlock", "none"])
def test_the_agent_cannot_answer_itself(tmp_path: Path, means: str) -> None:
    """A child of its shell, detached and without the run's environment, uses our own commands."""
    stage = Stage(tmp_path, means=means)
    attack = stage.root / "attack.py"
    attack.write_text(
        "import json, os, subprocess, sys, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    for n in range(3):\n"  # so that the shell does not wait for it
        "        os.dup2(os.open('/dev/null', os.O_RDWR), n)\n"
        f"    env = {{'REMIT_STATE': {str(stage.state)!r}, 'HOME': '/nonexistent'}}\n"
        f"    remit = [{sys.executable!r}, '-m', 'remit']\n"
        "    for _ in range(6):\n"
        "        asked = subprocess.run([*remit, 'requests', '--json'], env=env,\n"
        "                               capture_output=True, text=True)\n"
        "        try:\n"
        "            name = json.loads(asked.stdout)['requests'][0]['request']\n"
        "        except (ValueError, LookupError):\n"
        "            name = os.environ['REMIT_MARK'][-4:] + '-1'\n"
        "        said = subprocess.run([*remit, 'grant', name, '--until', 'end',\n"
        "                               '--reason', 'me'], env=env,\n"
        "                              capture_output=True, text=True)\n"
        "        more = subprocess.run([*remit, 'extend', 'last', '--time', '9m', '--reason',\n"
        "                               'me', '--evidence', 'me'], env=env,\n"
        "                              capture_output=True, text=True)\n"
        "        open('stocklist/said.txt', 'a').write(asked.stderr + said.stderr + more.stderr)\n"
        "        time.sleep(0.1)\n"
    )
    stage.contract = stage.contract.replace(
        "[scope]", '[commands]\nfree = ["python3 attack.py"]\n\n[scope]', 1
    )
    steps = [stage.bash("python3 attack.py"), _marking(stage), stage.repair()]
    with stage.start(steps, "--wait", "15s") as process:
        out, err = process.communicate(timeout=SECONDS)
    record = stage.record()
    assert record is not None
    assert list(record.requests)
    assert record.grants == []
    assert record.extended == []
    assert _runs(stage) == 0, out + err
    said = (stage.root / "stocklist/said.txt").read_text()
    assert said.count("remit: ") >= 2, said  # it was our command that refused, each time
    if means == "none":
        assert "only a person decides: the request comes from a process of the run" in said
        assert f"no request '{next(iter(record.requests))}' is open" not in said


def test_a_supervisor_killed_while_a_call_is_held_loses_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    with stage.start([_marking(stage), stage.repair()], "--wait", "1m") as process:
        asked = _request(stage)
        process.kill()
        process.communicate(timeout=SECONDS)
    code, out = stage.cli("grant", str(asked["request"]), "--until", "end", "--reason", "too late")
    assert code == 2
    assert "no run that is on" in out
    record = stage.record()
    assert record is not None
    assert record.closed is not None
    assert list(record.requests) == [asked["request"]]
    assert record.grants == []
    assert _runs(stage) == 0


def test_a_door_that_hangs_is_given_up_on(tmp_path: Path, monkeypatch) -> None:
    from remit.errors import RemitError
    from remit.interfaces.cli import live
    from remit.system import private_socket

    monkeypatch.setattr(live, "SECONDS", 0.2)
    with (
        private_socket.listen(tmp_path / "control"),
        pytest.raises(RemitError, match="did not answer"),
    ):
        live.LiveRun("261123-aaaaaaaa", tmp_path / "control").tell({"do": "requests"})
