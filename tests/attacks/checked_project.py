"""A small real repository whose checks are run for real, before and after a change."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from remit.model.contract import Check, Contract, Evidence, Scope, Shows
from remit.model.events import CheckPhase, CheckRan
from remit.services.check_enclosure import CheckEnclosure
from remit.services.checks import run_checks
from remit.system.confine.ability import Ability
from remit.system.confine.plan import Means
from remit.system.git import Repository, open_repository

PYTEST = "python -m pytest"
UNHELD = CheckEnclosure(Ability(Means.NONE, 0))
"""Each layer is tried alone: what confinement would stop has to be found without it, too."""
_IDENTITY = (
    "-c",
    "user.name=Ada",
    "-c",
    "user.email=ada@example.org",
    "-c",
    "commit.gpgsign=false",
)


@dataclass
class Project:
    """``environ`` is what the launching shell has."""

    place: Path
    environ: dict[str, str] = field(default_factory=dict)
    enclosure: CheckEnclosure = UNHELD

    def __post_init__(self) -> None:
        self.environ.setdefault(
            "PATH", f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        )
        self.root.mkdir()
        self._git("init", "-q", "-b", "main")

    @property
    def root(self) -> Path:
        return self.place / "project"

    @property
    def work(self) -> Path:
        return self.place / "work"

    @property
    def repository(self) -> Repository:
        return open_repository(self.root, lambda key: self.place / "state" / key)

    def commit(self, files: Mapping[str, str | None]) -> str:
        """Write ``files`` (None deletes) and commit everything; the commit's id."""
        for name, text in files.items():
            path = self.root / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self._git("add", "-A", "-f")
        self._git("commit", "-q", "--allow-empty", "-m", "step")
        return self._git("rev-parse", "HEAD").strip()

    def before(self, check: Check, start: str, **evidence: object) -> CheckRan:
        (ran,) = self._run(check, start, start, CheckPhase.BEFORE, (), **evidence)
        return ran

    def after(
        self, check: Check, start: str, end: str, *earlier: CheckRan, **evidence: object
    ) -> tuple[CheckRan, ...]:
        return self._run(check, start, end, CheckPhase.AFTER, earlier, **evidence)

    def both(self, command: str, start: str, end: str) -> tuple[CheckRan, CheckRan]:
        """The check before and after (with the runner of the start)."""
        check = Check("tests", command, Shows.GREEN, 60)
        before = self.before(check, start)
        return before, self.after(check, start, end, before)[0]

    def _run(
        self,
        check: Check,
        start: str,
        commit: str,
        phase: CheckPhase,
        earlier: tuple[CheckRan, ...],
        **evidence: object,
    ) -> tuple[CheckRan, ...]:
        names = evidence.pop("environment", ())
        contract = Contract(
            "mend it",
            Scope(edit=("**",)),
            Evidence((check,), **evidence),  # type: ignore[arg-type]
            environment=names,  # type: ignore[arg-type]
        )
        return run_checks(
            contract,
            self.repository,
            commit,
            phase,
            runner_commit=start,
            workspace_root=self.work,
            environ=self.environ,
            enclosure=self.enclosure,
            earlier=earlier,
        )

    def _git(self, *words: str) -> str:
        command = ["git", "-C", str(self.root), *_IDENTITY, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
