"""Whole runs with our own scripted agent, in a fresh repository, for end-to-end tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from remit.interfaces.demo.repository import CHECK, CONTRACT, create
from remit.model.ids import RunId
from remit.model.record import RunRecord, gather
from remit.storage.sqlite import SqliteLedger

SECONDS = 90


class Stage:
    """A repository, a state directory, a contract and a plan."""

    def __init__(self, tmp: Path, check: str = CHECK, means: str = "") -> None:
        """``means`` is how the agent is confined, "" as well as this machine can."""
        self.means = means
        self.before: tuple[str, ...] = ()
        """Words before each command of ours: what takes something of this machine away."""
        self.tmp = tmp
        self.root = tmp / "stocklist"
        self.state = tmp / "state"
        self.root.mkdir()
        create(self.root)
        self.contract = CONTRACT.replace(CHECK, check)
        self.steps: Sequence[object] = []
        self.closing = "Done."

    def repair(self) -> dict[str, object]:
        """The call that repairs the parser."""
        return {
            "tool": "Edit",
            "input": {
                "file_path": str(self.root / "stocklist/parser.py"),
                "old_string": 'name, count = line.split(",")',
                "new_string": 'name, count = line.rsplit(",", 1)',
            },
        }

    def bash(self, command: str) -> dict[str, object]:
        return {"tool": "Bash", "input": {"command": command}}

    def prepare(self) -> None:
        """Write contract and plan."""
        (self.tmp / "contract.toml").write_text(self.contract)
        plan = {"steps": self.steps, "closing": self.closing}
        (self.tmp / "plan.json").write_text(json.dumps(plan))

    def start(self, steps: Sequence[object], *options: str) -> subprocess.Popen[str]:
        self.steps = steps
        self.prepare()
        agent = ("remit-scripted-agent", str(self.tmp / "plan.json"), "go")
        words = ("run", str(self.tmp / "contract.toml"), "--yes", "--json", *options)
        return self._popen(*words, "--", *agent)

    def _popen(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.before, sys.executable, "-m", "remit", *words],
            cwd=self.root,
            env={**os.environ, "REMIT_STATE": str(self.state), "REMIT_CONFINE": self.means},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def cli(self, *words: str) -> tuple[int, str]:
        """Another command: its exit code and all it printed."""
        with self._popen(*words) as process:
            out, err = process.communicate(timeout=SECONDS)
        return process.returncode, out + err

    def go(self, steps: Sequence[object]) -> tuple[int, dict[str, object]]:
        """A whole run: its exit code and its JSON."""
        with self.start(steps) as process:
            out, err = process.communicate(timeout=SECONDS)
        assert out.strip(), err
        return process.returncode, json.loads(out)

    def record(self) -> RunRecord | None:
        """What the ledger holds of the newest run."""
        if not (self.state / "ledger.sqlite3").exists():
            return None
        with SqliteLedger.open(self.state / "ledger.sqlite3") as ledger:
            runs = ledger.runs()
            if not runs:
                return None
            run = RunId(max(runs, key=lambda summary: summary.started_us).run)
            assert ledger.verify(run) == ()
            return gather(run, ledger.recorded(run))

    def wait_for(self, seen: Callable[[RunRecord], bool]) -> RunRecord:
        """Poll until the newest run is as ``seen`` wants it."""
        until, record = time.monotonic() + SECONDS, None
        while time.monotonic() < until:
            record = self.record()
            if record and seen(record):
                return record
            time.sleep(0.05)
        raise AssertionError(f"the run never came to that point: {record}")


def marked(run: str) -> list[int]:
    """Living processes that carry the run's mark."""
    wanted = f"REMIT_MARK={run}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found
