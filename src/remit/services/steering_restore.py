"""Brings back what steers the agent's next sessions, and leaves paths of the tree to theirs."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from remit.model.digest import Digest
from remit.model.steering import Steers
from remit.services.restore import Action, Restorer, Step
from remit.services.steering import Note, Notes, note

_REPLACED = "replaced"
_NOT_KEPT = "only its digest was kept: what looks like a credential, a client's state, a plugin"


@dataclass(frozen=True, slots=True)
class Restorers:
    """Restores paths of one run: those of its tree, and absolute ones beside it.

    ``notes`` are of what stood beside it before, ``folder`` is the run's: what a restore replaces
    there is kept in it.
    """

    tree: Restorer
    folder: Path
    notes: Notes = field(default_factory=dict)

    def stands_as(self, path: str, digest: Digest | None) -> bool:
        """Whether ``path`` has the content ``digest`` now."""
        if not _is_beside(path):
            return self.tree.stands_as(path, digest)
        if path in self.notes and self.notes[path].content is None:
            return True  # it is not brought back in either case; the step says why
        now = self._now(path)
        return (now.digest if now is not None else "") == (digest or "")

    def preview(self, paths: Iterable[str]) -> tuple[Step, ...]:
        """What :meth:`restore` would do; touches nothing."""
        tree, beside = _parted(paths)
        return (*self.tree.preview(tree), *(self._step(path) for path in beside))

    def restore(self, paths: Iterable[str]) -> tuple[Step, ...]:
        """Restore exactly ``paths``; what turns out impossible is a refusal with its reason."""
        tree, beside = _parted(paths)
        done = self.tree.restore(tree) if tree or not beside else ()
        return (*done, *(self._carried_out(self._step(path)) for path in beside))

    def _now(self, path: str) -> Note | None:
        return note((Steers(path),), lambda path: True).get(path)

    def _step(self, path: str) -> Step:
        old, now = self.notes.get(path), self._now(path)
        if old is None:
            return Step(path, Action.NOTHING if now is None else Action.REMOVE)
        if now is not None and old.digest and old.is_same(now):
            return Step(path, Action.NOTHING)
        if old.content is None:
            return Step(path, Action.REFUSE, _NOT_KEPT)
        return Step(path, Action.WRITE)

    def _carried_out(self, step: Step) -> Step:
        if step.action not in (Action.WRITE, Action.REMOVE):
            return step
        try:
            note_of_copy = self._keep(Path(step.path))
            if step.action is Action.REMOVE:
                Path(step.path).unlink(missing_ok=True)
            else:
                _write(Path(step.path), self.notes[step.path])
        except OSError as error:
            return Step(step.path, Action.REFUSE, str(error.strerror))
        return Step(step.path, step.action, note_of_copy)

    def _keep(self, path: Path) -> str:
        """Keep what stands at ``path`` now; where, in words."""
        if not path.is_file():
            return ""
        folder = self.folder / _REPLACED
        folder.mkdir(mode=0o700, exist_ok=True)
        kept = folder / f"{len(list(folder.iterdir())) + 1}-{path.name}"
        shutil.copyfile(path, kept)
        kept.chmod(0o600)
        return f"what stood there is in {kept}"


def _write(path: Path, old: Note) -> None:
    """The content at ``path``, or where the link there led before; never through another link."""
    data = base64.b64decode(old.content or "")
    if old.target:
        if not path.is_symlink() or os.readlink(path) != old.target:  # noqa: PTH115
            path.unlink(missing_ok=True)
            path.symlink_to(old.target)
        path = path.parent / old.target
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.remit")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    fresh.chmod(old.mode & 0o7777)
    fresh.replace(path)


def _parted(paths: Iterable[str]) -> tuple[list[str], list[str]]:
    ordered = sorted(set(paths))
    beside = [path for path in ordered if _is_beside(path)]
    return [path for path in ordered if not _is_beside(path)], beside


def _is_beside(path: str) -> bool:
    return path.startswith("/")
