"""Where Remit keeps its state, and whether that place can be trusted with it."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from remit.errors import RemitError
from remit.model.ids import is_run_id

RESERVE_BYTES = 4 * 1024 * 1024
NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "9p", "afs", "ceph", "fuse.sshfs", "glusterfs"}
    | {"fuse.glusterfs", "fuse.s3fs", "fuse.rclone", "lustre", "beegfs", "davfs", "ncpfs"}
)
_MOVE = "put the state elsewhere: export REMIT_STATE=/a/local/directory"


@dataclass(frozen=True, slots=True)
class StateDir:
    """The state directory. Nothing in it lies where an agent may write by its contract."""

    root: Path

    @property
    def ledger(self) -> Path:
        return self.root / "ledger.sqlite3"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def accepted(self) -> Path:
        return self.root / "accepted.json"

    @property
    def reserve(self) -> Path:
        return self.root / "reserve"

    def run(self, run_id: str) -> Path:
        """The private folder of a run, made if needed."""
        if not is_run_id(run_id):
            raise RemitError(f"{run_id!r} is not a run id", "list them: remit runs")
        return _private(self.root / "runs" / run_id)

    def repository(self, key: str) -> Path:
        """The folder of a repository, made if needed."""
        return _private(self.root / "repositories" / key)


def state_root(environ: Mapping[str, str]) -> Path:
    """``$REMIT_STATE``, ``$XDG_STATE_HOME/remit`` or ``~/.local/state/remit``."""
    if own := environ.get("REMIT_STATE"):
        return Path(own).absolute()
    if state := environ.get("XDG_STATE_HOME"):
        return Path(state).absolute() / "remit"
    home = environ.get("HOME")
    if not home:
        raise RemitError("there is no HOME to keep the state in", _MOVE)
    return Path(home) / ".local" / "state" / "remit"


def open_state(environ: Mapping[str, str]) -> StateDir:
    """The state directory, made and checked: local, writable, ours alone, with a reserve."""
    root = state_root(environ)
    try:
        _private(root)
        _check_owner(root)
        _check_file_system(root)
        state = StateDir(root)
        _keep_reserve(state.reserve)
    except OSError as error:
        why = error.strerror or str(error)
        raise RemitError(f"the state directory {root} cannot be used: {why}", _MOVE) from None
    return state


def _private(folder: Path) -> Path:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _check_owner(root: Path) -> None:
    status = root.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise RemitError(f"{root} is not a directory", _MOVE)
    if status.st_uid != os.geteuid():
        raise RemitError(f"{root} belongs to another user (uid {status.st_uid})", _MOVE)
    if status.st_mode & 0o022:
        raise RemitError(f"others may write to {root}", f"close it: chmod 700 {root}")


def _check_file_system(root: Path) -> None:
    kind = file_system(root, _mounts())
    if kind in NETWORK:
        raise RemitError(
            f"{root} lies on a network file system ({kind}), where locks and fsync cannot be "
            "relied on",
            _MOVE,
        )


def _mounts() -> str:
    try:
        return Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""


def file_system(path: Path, mountinfo: str) -> str:
    """The type of the file system ``path`` lies on, from a ``mountinfo`` text; "" if unknown."""
    real, best, kind = os.path.realpath(path), "", ""
    for line in mountinfo.splitlines():
        head, _, tail = line.partition(" - ")
        fields = head.split(" ")
        if len(fields) < 5 or not tail:
            continue
        point = fields[4].replace("\\040", " ")
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, tail.split(" ")[0]
    return kind


def _keep_reserve(reserve: Path) -> None:
    """Bytes set aside, so that a full disk still takes the record of the stop."""
    descriptor = os.open(reserve, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if os.fstat(descriptor).st_size < RESERVE_BYTES:
            os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
    finally:
        os.close(descriptor)
