"""A real repository with a snapshot and a comparison, for tests of what happens to a tree."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from remit.model.contract import Scope
from remit.model.events import CommitMade
from remit.model.ids import RunId
from remit.model.tree import Change, PathChange, Standing
from remit.policy.zones import is_secret
from remit.services.commit import make_base, make_commit
from remit.services.observe import Comparison, boundary_of
from remit.services.restore import Restorer
from remit.services.snapshot import Snapshot, Source, take
from remit.storage.blobs import BlobStore
from remit.system.clock import now_us
from remit.system.git import Repository, open_repository

SCOPE = Scope(("src/**",), ("**",), ("__pycache__/", "build/"))
FILES: Mapping[str, str] = {
    "src/app.py": "print('hello')\n",
    "README.md": "A tree.\n",
    ".gitignore": "*.log\n__pycache__/\nbuild/\nnode_modules/\n",
}


@dataclass(slots=True)
class TreeBed:
    """A repository below ``folder/tree`` and our state beside it. Close it, or use ``with``."""

    folder: Path
    scope: Scope = SCOPE
    files: Mapping[str, str] = field(default_factory=lambda: FILES)
    object_format: str = "sha1"
    store: BlobStore = field(init=False)
    snapshot: Snapshot = field(init=False)
    comparison: Comparison = field(init=False)
    _compared: bool = False

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True)
        self.git("init", "-q", "-b", "main", f"--object-format={self.object_format}")
        for path, text in self.files.items():
            self.write(path, text)
        self.commit("Start")
        self.store = BlobStore.open(self.folder / "blobs")

    def __enter__(self) -> TreeBed:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._compared:
            self.comparison.close()
        self.store.close()

    @property
    def root(self) -> Path:
        return self.folder / "tree"

    def git(self, *words: str) -> str:
        """The user's own git, with an identity and no configuration of this machine."""
        environment = {
            **os.environ,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "HOME": str(self.folder),
        }
        identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        done = subprocess.run(
            ["git", *identity, *words],
            cwd=self.root,
            env=environment,
            check=True,
            capture_output=True,
        )
        return done.stdout.decode("utf-8", "replace")

    def commit(self, message: str) -> str:
        """Commit everything as the user would; the commit's id."""
        self.git("add", "-A")
        self.git("commit", "-q", "--no-verify", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def write(self, path: str, text: str) -> Path:
        """Write a file of the tree, its directories made."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def open(self) -> Repository:
        return open_repository(self.root, lambda key: self.folder / "state" / key)

    def source(self) -> Source:
        """What a snapshot of this tree is taken with."""
        environ = {"HOME": str(self.folder)}
        return Source(self.open(), self.store, self.folder / "run", is_secret, environ, now_us)

    def start(self) -> Comparison:
        """Snapshot the tree, compare once, and let the agent begin a call."""
        self.snapshot = take(self.source())
        boundary = boundary_of(self.scope)
        self.comparison = Comparison(self.snapshot, self.store, boundary, now_us)
        self._compared = True
        self.comparison.compare()
        self.comparison.began()
        return self.comparison

    def seen(self) -> dict[str, tuple[Change, Standing]]:
        """What the next quick comparison reports, by path."""
        return _by_path(self.comparison.compare().changes)

    def seen_fully(self) -> dict[str, tuple[Change, Standing]]:
        """What the next full comparison reports, by path."""
        return _by_path(self.comparison.compare_full().changes)

    def make_commit(self, run: RunId, goal: str = "repair", at_us: int = 0) -> CommitMade:
        """The run's commits, as the supervisor makes them."""
        base = make_base(self.snapshot, self.store, run, at_us)
        return make_commit(self.snapshot, self.comparison, run, goal, base, at_us)

    def restorer(self) -> Restorer:
        return Restorer(self.snapshot.manifest, self.store, self.folder / "run")


def _by_path(changes: tuple[PathChange, ...]) -> dict[str, tuple[Change, Standing]]:
    return {change.path: (change.change, change.standing) for change in changes}
