"""A whole governed run of the real client through ``remit run``, for tests."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from remit.interfaces.demo.repository import CHECK, CONTRACT, create
from remit.model import events as e
from remit.model.ids import RunId
from remit.model.record import RunRecord, gather
from remit.storage.sqlite import SqliteLedger
from remit.testing.scripted_model import ModelRequest, ScriptedModel, Turn, say, use

RUN_SECONDS = 120


def repair(root: Path) -> list[Turn]:
    """The honest repair of the demo's parser."""
    parser = str(root / "stocklist/parser.py")
    return [
        use("Read", file_path=parser),
        use(
            "Edit",
            file_path=parser,
            old_string='name, count = line.split(",")',
            new_string='name, count = line.rsplit(",", 1)',
        ),
        use("Bash", command=CHECK, description="run the tests"),
        say("Both tests pass."),
    ]


@dataclass
class Outcome:
    """A finished ``remit run``. ``result`` is its JSON, ``record`` what the ledger holds."""

    exit_code: int
    result: Mapping[str, object]
    record: RunRecord
    stderr: str
    requests: tuple[ModelRequest, ...]
    packet: Mapping[str, object]

    def decisions(self, tool: str) -> list[str]:
        calls = [call for call in self.record.calls.values() if call.requested.tool == tool]
        return [call.decision.outcome.value for call in calls if call.decision]

    @property
    def crossed(self) -> set[str]:
        return set(self.record.crossed)


class Bench:
    """One repository with one home and one state directory."""

    def __init__(self, claude: Path, tmp: Path, make_env: Callable[..., dict[str, str]]) -> None:
        self.claude = claude
        self.tmp = tmp
        self.root = tmp / "stocklist"
        self.state = tmp / "state"
        self.contract = CONTRACT
        self.options: tuple[str, ...] = ()
        self._make_env = make_env
        self.root.mkdir()
        create(self.root)

    def commit(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        git = ["git", "-C", str(self.root), "-c", "user.name=T", "-c", "user.email=t@example.org"]
        for words in (["add", "-A", "-f"], ["commit", "-q", "-m", "more"]):
            subprocess.run([*git, *words], check=True, capture_output=True)

    def env(self, url: str, **more: str) -> dict[str, str]:
        python = str(Path(sys.executable).parent)
        made = self._make_env(url, REMIT_STATE=str(self.state), **more)
        return {**made, "PATH": f"{python}:{made['PATH']}"}

    def start(self, url: str, *words: str, **env: str) -> subprocess.Popen[str]:
        """Start ``remit run`` with the real client; its JSON goes to stdout."""
        contract = self.tmp / "contract.toml"
        contract.write_text(self.contract)
        argv = [sys.executable, "-m", "remit", "run", str(contract), "--yes", "--json"]
        return subprocess.Popen(
            [*argv, *self.options, "--", str(self.claude), "-p", *(words or ("do it",))],
            cwd=self.root,
            env=self.env(url, **env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def go(self, scripts: Mapping[str, Sequence[Turn]], *words: str, **env: str) -> Outcome:
        """A whole run to its end."""
        with ScriptedModel(scripts) as model:
            process = self.start(model.url, *words, **env)
            out, err = process.communicate(timeout=RUN_SECONDS)
            return self.outcome(process.returncode, out, err, model.requests)

    def outcome(
        self, exit_code: int, out: str, err: str, requests: tuple[ModelRequest, ...] = ()
    ) -> Outcome:
        assert out.strip(), f"no result: exit code {exit_code}\n{err}"
        result = json.loads(out)
        packet = json.loads(Path(result["packet"]["json"]).read_text())
        return Outcome(exit_code, result, self.record(), err, requests, packet)

    def record(self, run: str = "") -> RunRecord:
        """What the ledger holds of ``run``, or of the newest run."""
        with SqliteLedger.open(self.state / "ledger.sqlite3") as ledger:
            name = RunId(run) if run else max(ledger.runs(), key=lambda s: s.started_us).run
            assert ledger.verify(name) == ()
            return gather(name, ledger.recorded(name))

    def wait_for(self, seen: Callable[[RunRecord], bool], seconds: float = 30) -> RunRecord:
        """Poll the ledger until ``seen``."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if (self.state / "ledger.sqlite3").exists():
                with SqliteLedger.open(self.state / "ledger.sqlite3") as ledger:
                    runs = ledger.runs()
                if runs and seen(record := self.record()):
                    return record
            time.sleep(0.05)
        raise AssertionError("the run never came to that point")

    def cli(self, *words: str, url: str = "http://127.0.0.1:9") -> subprocess.CompletedProcess[str]:
        """Another ``remit`` command of the same person."""
        process = self.popen(*words, url=url)
        out, err = process.communicate(timeout=RUN_SECONDS)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def popen(self, *words: str, url: str) -> subprocess.Popen[str]:
        """Start another command without waiting for it."""
        return subprocess.Popen(
            [sys.executable, "-m", "remit", *words],
            cwd=self.root,
            env=self.env(url),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def started_tool(record: RunRecord) -> bool:
    """Whether a call was allowed and has not come back yet."""
    return any(
        c.decision and c.decision.outcome == "allow" and not c.finished
        for c in record.calls.values()
    )


__all__ = ["Bench", "Outcome", "e", "repair", "started_tool"]
