"""Where Remit keeps its state, and whether that place can be trusted with it."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from remit.errors import RemitError, UsageError
from remit.model.ids import is_run_id

RESERVE = 4 * 1024 * 1024
"""Bytes kept back so that a full disk can still record the stop of a run."""
ROOM = 16 * 1024 * 1024
"""Free bytes without which no run starts."""
NETWORK = frozenset(
    {
        "9p",
        "acfs",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "fhgfs",
        "gfs",
        "gfs2",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncp",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "prl_fs",
        "pvfs2",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "vboxsf",
        "vmhgfs",
    }
)
_NETWORK_FUSE = (
    r"fuse\.(.*(ssh|nfs|smb|cifs|ftp|dav|s3|gcs|blob|azure|rclone|gluster|ceph|drive|juice|seaweed"
    r"|moose|lizard|curl|http|vmhgfs|goofys|tigris|hdfs|keybase|onedriver).*)"
)
_ELSEWHERE = "set REMIT_STATE to a folder on a local disk of this machine"


@dataclass(frozen=True, slots=True)
class StateDir:
    """The state directory, mode 0700. Nothing in it lies where an agent may write."""

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
            raise UsageError(f"{run_id!r} is not a run id", "list them: remit runs")
        return _private(self.root / "runs" / run_id)

    def repository(self, key: str) -> Path:
        """The folder of a repository, made if needed."""
        return _private(self.root / "repositories" / key)


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def mounts() -> str:
    """The mount table as the kernel writes it; empty where there is none."""
    try:
        return Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
    except OSError:
        return ""


def open_state(environ: Mapping[str, str], read_mounts: Callable[[], str] = mounts) -> StateDir:
    """The state directory, created where there is none, fit to start a run in.

    RemitError saying why and what to do where it is on a network file system, not ours, open
    to others, or on a read-only or full disk.
    """
    state = read_state(environ, read_mounts)
    _keep_reserve(state)
    free = os.statvfs(state.root)
    if free.f_bavail * free.f_frsize < ROOM:
        raise _full(state.root)
    return state


def read_state(environ: Mapping[str, str], read_mounts: Callable[[], str] = mounts) -> StateDir:
    """Like :func:`open_state`, for commands that only read: a full disk is fine."""
    root = state_place(environ)
    try:
        _private(root)
    except OSError as error:
        raise _unusable(root, error) from None
    root = root.resolve()
    refuse_network(root, read_mounts())
    _check_owner(root)
    return StateDir(root)


def state_place(environ: Mapping[str, str]) -> Path:
    """Where the state directory is to be, whether it is there or not."""
    if named := environ.get("REMIT_STATE"):
        if not named.startswith("/"):
            raise UsageError(f"REMIT_STATE must be an absolute path, not {named!r}")
        return Path(named)
    base = environ.get("XDG_STATE_HOME", "")
    if base.startswith("/"):
        return Path(base) / "remit"
    home = environ.get("HOME", "")
    if not home.startswith("/"):
        raise UsageError("neither REMIT_STATE nor HOME says where state is kept", _ELSEWHERE)
    return Path(home) / ".local" / "state" / "remit"


def config_folder(environ: Mapping[str, str]) -> Path:
    """Where a user's own policy and prices lie; ``XDG_CONFIG_HOME`` moves it."""
    configured = environ.get("XDG_CONFIG_HOME", "")
    home = Path(environ.get("HOME") or "/nonexistent")
    base = Path(configured) if configured.startswith("/") else home / ".config"
    return base / "remit"


def filesystem_of(path: Path, mountinfo: str) -> str:
    """The type of the file system ``path`` lies on, ``""`` where the table does not say."""
    best, kind = -1, ""
    for line in mountinfo.splitlines():
        left, separator, right = line.partition(" - ")
        fields = left.split(" ")
        if not separator or len(fields) < 5:
            continue
        point = _unescaped(fields[4])
        if len(point) >= best and path.is_relative_to(point):
            best, kind = len(point), right.split(" ")[0]
    return kind


def _unescaped(point: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), point)


def refuse_network(root: Path, mountinfo: str) -> None:
    """Raise where ``root`` lies on a network file system."""
    kind = filesystem_of(root, mountinfo)
    if kind in NETWORK or (kind.startswith("fuse.") and re.fullmatch(_NETWORK_FUSE, kind)):
        why = "locks and syncs there cannot be relied on"
        raise RemitError(f"{root} is on a network file system ({kind}): {why}", _ELSEWHERE)


def _check_owner(root: Path) -> None:
    state = root.stat()
    if not stat.S_ISDIR(state.st_mode):
        raise RemitError(f"{root} is not a folder", _ELSEWHERE)
    if state.st_uid != os.geteuid():
        raise RemitError(f"{root} belongs to user {state.st_uid}, not to you", _ELSEWHERE)
    if state.st_mode & 0o022:
        raise RemitError(
            f"others may write {root}", f"look at what is in it, then: chmod 700 {root}"
        )
    if state.st_mode & 0o077:
        root.chmod(0o700)


def _keep_reserve(state: StateDir) -> None:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        descriptor = os.open(state.reserve, flags, 0o600)
    except OSError as error:
        raise _unusable(state.root, error) from None
    try:
        if os.fstat(descriptor).st_size < RESERVE:
            os.posix_fallocate(descriptor, 0, RESERVE)
    except OSError as error:
        raise _unusable(state.root, error) from None
    finally:
        os.close(descriptor)


def _unusable(root: Path, error: OSError) -> RemitError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(root)
    if error.errno == errno.EROFS:
        return RemitError(f"{root} is on a read-only file system", _ELSEWHERE)
    return RemitError(f"{root} cannot be used for Remit's state: {error.strerror}", _ELSEWHERE)


def _full(root: Path) -> RemitError:
    need = ROOM // 1024**2
    return RemitError(
        f"the disk of {root} is full: a run needs {need} MiB to record what happens",
        f"free space (remit gc removes old snapshots), or {_ELSEWHERE}",
    )
