"""State in places that cannot be trusted or have no room: a run does not start, and says why."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from remit.errors import IntegrityError, RemitError, UsageError
from remit.storage.ledger_file import open_file
from remit.storage.locate import RESERVE, StateDir, filesystem_of, open_state, read_state
from remit.storage.sqlite import SqliteLedger

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw
23 22 0:21 / /proc rw - proc proc rw
40 22 0:40 / /home rw - {kind} server:/home rw
41 40 0:41 / /home/ada/with\\040space rw master:3 - ext4 /dev/sdb rw
"""


def opened(place: Path, mounts: str = "") -> StateDir:
    return open_state({"REMIT_STATE": str(place)}, lambda: mounts)


def test_the_state_directory_is_made_private_and_keeps_a_reserve(tmp_path: Path) -> None:
    state = opened(tmp_path / "a" / "state")
    assert stat.S_IMODE(state.root.stat().st_mode) == 0o700
    assert state.reserve.stat().st_size == RESERVE
    assert state.reserve.stat().st_blocks * 512 >= RESERVE
    with SqliteLedger.open(state.ledger):
        modes = {stat.S_IMODE(file.stat().st_mode) for file in state.root.glob("ledger*")}
    assert modes == {0o600}
    assert opened(state.root) == state


@pytest.mark.parametrize(
    ("environ", "place"),
    [
        ({"REMIT_STATE": "/s", "XDG_STATE_HOME": "/x", "HOME": "/h"}, "/s"),
        ({"XDG_STATE_HOME": "/x", "HOME": "/h"}, "/x/remit"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/h"}, "/h/.local/state/remit"),
        ({"HOME": "/h"}, "/h/.local/state/remit"),
    ],
)
def test_where_the_state_is(environ: dict[str, str], place: str, tmp_path: Path) -> None:
    below = {name: f"{tmp_path}{value}" if value[0] == "/" else value
             for name, value in environ.items()}  # fmt: skip
    assert read_state(below, str).root == Path(f"{tmp_path}{place}")


@pytest.mark.parametrize("environ", [{}, {"HOME": "relative"}, {"REMIT_STATE": "relative"}])
def test_a_place_that_depends_on_the_current_directory_is_refused(environ: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        open_state(environ)


@pytest.mark.parametrize(
    "kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.rclone", "ceph", "fuse.s3fs"]
)
def test_a_network_file_system_is_refused_and_named(tmp_path: Path, kind: str) -> None:
    mounts = MOUNTS.format(kind=kind).replace("/home", str(tmp_path.resolve()))
    with pytest.raises(RemitError, match=rf"network file system \({kind}\)") as refused:
        opened(tmp_path / "state", mounts)
    assert "REMIT_STATE" in refused.value.remedy


@pytest.mark.parametrize("kind", ["ext4", "btrfs", "zfs", "overlay", "tmpfs", "fuse.gocryptfs", ""])
def test_a_local_file_system_is_taken(tmp_path: Path, kind: str) -> None:
    mounts = MOUNTS.format(kind=kind).replace("/home", str(tmp_path.resolve()))
    assert opened(tmp_path / "state", mounts).reserve.exists()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/ada", "nfs4"),
        ("/home", "nfs4"),
        ("/homes/ada", "ext4"),
        ("/home/ada/with space/x", "ext4"),
        ("/proc/1", "proc"),
    ],
)
def test_the_longest_mount_point_decides(path: str, kind: str) -> None:
    assert filesystem_of(Path(path), MOUNTS.format(kind="nfs4")) == kind
    assert filesystem_of(Path(path), "") == ""


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777, 0o1777])
def test_a_directory_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    place = tmp_path / "state"
    place.mkdir()
    place.chmod(mode)
    with pytest.raises(RemitError, match="others may write"):
        opened(place)


def test_a_directory_others_may_read_is_closed(tmp_path: Path) -> None:
    place = tmp_path / "state"
    place.mkdir(mode=0o755)
    opened(place)
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_a_directory_of_somebody_else_is_refused_for_root_too(tmp_path: Path) -> None:
    place = Path("/")
    if os.geteuid() == 0:
        place = tmp_path / "state"
        place.mkdir()
        os.chown(place, 65534, 65534)
    with pytest.raises(RemitError, match="belongs to user"):
        opened(place)


def test_a_file_where_the_directory_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(RemitError, match=r"cannot be used|not a folder"):
        opened(tmp_path / "state")


@pytest.mark.parametrize("what", ["link", "writable", "folder"])
def test_a_ledger_that_is_not_a_plain_file_of_ours_is_refused(tmp_path: Path, what: str) -> None:
    path, real = tmp_path / "ledger.sqlite3", tmp_path / "real"
    open_file(real).close()
    if what == "link":
        path.symlink_to(real)
    elif what == "writable":
        real.rename(path)
        path.chmod(0o660)
    else:
        path.mkdir()
    with pytest.raises(IntegrityError):
        SqliteLedger.open(path)


@pytest.mark.parametrize("name", ["../x", "", "261122-AAAAAAAA", "261122-aaaaaaaa/.."])
def test_a_run_id_never_leads_out_of_the_state(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        opened(tmp_path / "state").run(name)


MOUNTED = """
import os, subprocess, sys
from pathlib import Path
from remit.errors import LedgerUnavailable, RemitError
from remit.model import events as e
from remit.model.ids import RunId
from remit.storage.ledger import Holder
from remit.storage.locate import open_state, read_state
from remit.storage.sqlite import SqliteLedger

disk = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m,mode=0700", "tmpfs", disk], check=True)
ENVIRON = {"REMIT_STATE": str(disk / "state")}
RUN = RunId("261122-aaaaaaaa")

def note(number):
    return e.ClaimMade(f"{number} " + "x" * 3000)

def fill():
    with open(disk / "full", "wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                pass
"""


def mounted(tmp_path: Path, script: str) -> str:
    """Run ``script`` with a small disk of its own; skip where none can be mounted."""
    unshare = ["unshare", "-rm"]
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode:
        pytest.skip("left out: no user namespace to mount a small disk in")
    code = MOUNTED + textwrap.dedent(script)
    command = [*unshare, sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_disk_that_fills_during_a_run_still_takes_the_stop(tmp_path: Path) -> None:
    out = mounted(
        tmp_path,
        """
        state = open_state(ENVIRON)
        ledger = SqliteLedger.open(state.ledger)
        lease = ledger.acquire(RUN, Holder(1, 1, "boot"), 5)
        stored = 0
        fill()
        try:
            while True:
                ledger.append(lease, [note(stored)], 6)
                stored += 1
        except LedgerUnavailable as error:
            print("unavailable:", error.message, "|", error.remedy)
        assert state.reserve.exists()
        ledger.append_last(lease, [e.RunStopped(e.StopTrigger.INTERNAL, "disk full", (), ())], 7)
        ledger.append_last(lease, [e.RunClosed(e.Ending.STOPPED, "disk full")], 8)
        ledger.release(lease)
        ledger.close()
        assert not state.reserve.exists()
        with SqliteLedger.open(state.ledger) as again:
            happened = [item.event for item in again.recorded(RUN)]
            assert happened[:stored] == [note(n) for n in range(stored)]
            assert [event.kind for event in happened[stored:]] == ["run.stopped", "run.closed"]
            assert again.verify() == ()
        print("kept")
        """,
    )
    assert "unavailable: cannot write" in out and "full" in out
    assert out.endswith("kept\n")


def test_no_run_starts_on_a_full_disk_but_the_record_can_be_read(tmp_path: Path) -> None:
    out = mounted(
        tmp_path,
        """
        state = open_state(ENVIRON)
        SqliteLedger.open(state.ledger).close()
        fill()
        for step in ("with a reserve", "without one"):
            try:
                open_state(ENVIRON)
            except RemitError as error:
                print(step, error.message, "|", error.remedy)
            state.reserve.unlink(missing_ok=True)
            fill()
        with SqliteLedger.open(read_state(ENVIRON).ledger) as ledger:
            assert ledger.verify() == ()
        """,
    )
    assert out.count("is full: a run needs 16 MiB") == 2
    assert out.count("remit gc") == 2


def test_a_read_only_disk_is_refused(tmp_path: Path) -> None:
    out = mounted(
        tmp_path,
        """
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        try:
            open_state(ENVIRON)
        except RemitError as error:
            print(error.message, "|", error.remedy)
        """,
    )
    assert "read-only file system" in out
    assert "REMIT_STATE" in out
