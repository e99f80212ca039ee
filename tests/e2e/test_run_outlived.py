"""A program that kills guardian and supervisor and clears its mark, to outlive its run.

Where the kernel holds the run it cannot signal them; ADR 0017 says why nothing more is built.
"""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest
from scripted_run import SECONDS, Stage

from remit.system.confine.ability import find_ability
from remit.system.confine.landlock import abi
from remit.system.confine.plan import Means

_BEST = find_ability({}).means
_SCOPED_FROM = 6
ESCAPE = """
import os, signal
above, pid = [], os.getpid()
while pid > 1:
    pid = int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])
    words = open(f"/proc/{pid}/cmdline").read() if pid > 1 else ""
    if "guardian.py" in words or "remit" in words:
        above.append(pid)
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    for number in (0, 1, 2):
        os.close(number)
    for pid in above:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    words = ["sh", "-c", "echo up > stocklist/up; sleep 60; : NAME"]
    os.execve("/bin/sh", words, {"PATH": "/usr/bin:/bin"})
"""
HONEST = "import subprocess; print(subprocess.run(['true']).returncode)"


def living(name: str) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if name.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.fixture(params=["namespaces", "landlock"])
def stage(tmp_path: Path, request: pytest.FixtureRequest) -> Stage:
    if _BEST is Means.NONE or (request.param == "namespaces" and _BEST is not Means.NAMESPACES):
        pytest.skip("this machine has no such means")
    if request.param == "landlock" and abi() < _SCOPED_FROM:
        pytest.skip("signals are not scoped by this kernel")
    return Stage(tmp_path, means="landlock" if request.param == "landlock" else "")


def run(stage: Stage, code: str) -> dict[str, object]:
    (stage.root / "tool.py").write_text(code)
    tool = stage.root / "tool"
    tool.write_text("#!/bin/sh\npython3 tool.py; sleep 1\n")
    tool.chmod(0o755)
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    for words in (("add", "-A"), (*who, "commit", "-qm", "Add a tool")):
        subprocess.run(["git", *words], cwd=stage.root, check=True)
    free = '[commands]\nfree = ["./tool"]\n\n[budget]'
    stage.contract = stage.contract.replace("[budget]", free)
    with stage.start([[stage.bash("./tool")], [stage.repair()]]) as process:
        out, err = process.communicate(timeout=SECONDS)
    assert out, err  # the supervisor came to its end
    return json.loads(out)


def test_a_daemon_that_kills_upwards_ends_with_its_run(stage: Stage) -> None:
    name = f"outlives-{time.monotonic_ns()}"
    run(stage, ESCAPE.replace("NAME", name))
    record = stage.record()

    assert (stage.root / "stocklist/up").exists()
    assert living(name) == []
    assert record is not None
    assert record.closed is not None


def test_twin_a_tool_with_a_child_is_left_alone(stage: Stage) -> None:
    assert run(stage, HONEST)["verdict"] == "pass"
