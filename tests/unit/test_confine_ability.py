"""What this machine can do is found by doing it, also where it cannot, and always at once."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys

import pytest

from remit.system.confine import enter, mounts  # before an ordinary user may read neither
from remit.system.confine.ability import find_ability

TELL = (
    "from remit.system.confine.ability import find_ability; "
    "found = find_ability({}); print(found.means, '|', found.missing)"
)


def told_after(set_up: str) -> str:
    """What is found in a user and mount namespace after ``set_up``."""
    if find_ability({}).means != "namespaces" or shutil.which("unshare") is None:
        pytest.skip("left out: namespaces do not work here, so nothing can be taken away")
    script = f'{set_up} && exec "$0" -c "$1"'
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", script, sys.executable, TELL],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_twin_nothing_is_missing_where_nothing_was_taken_away() -> None:
    assert told_after("true") == "namespaces |"


def test_an_ordinary_user_gets_what_root_gets() -> None:
    """Root maps users from outside, everybody else himself: two ways to the same."""
    if os.getuid() != 0:
        pytest.skip("left out: already an ordinary user, so the other tests show it")
    if find_ability({}).means != "namespaces":
        pytest.skip("left out: namespaces do not work here")
    assert enter and mounts
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: its /proc is its own again
        found = find_ability({})
        os.write(writing, f"{found.means} {found.missing}".encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    assert told == "namespaces "


def test_no_user_namespaces_left() -> None:
    told = told_after("echo 0 > /proc/sys/user/max_user_namespaces")
    assert told.startswith("landlock | ")
    assert "unshare" in told


def test_a_masked_proc_as_in_a_container() -> None:
    told = told_after("mount -t tmpfs none /proc/sys/fs")
    assert told == "landlock | /proc cannot be mounted (it is masked, as in a container)"
