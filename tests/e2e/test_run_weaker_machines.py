"""Whole runs on machines that can do less: each says what holds it, and is held as it says."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from scripted_run import Stage
from test_run_hostile_suite import suite

from remit.model.events import LayerState, StopTrigger
from remit.model.record import RunRecord
from remit.system.confine.ability import find_ability

LANDLOCK, UNSHARE = 444, {"x86_64": 272}.get(os.uname().machine, 97)
DENY = """
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
wanted = [tuple(map(int, pair.split(":"))) for pair in sys.argv[1].split(",")]
steps = [struct.pack("HBBI", 0x20, 0, 0, 0)]
for number, error in wanted:
    steps.append(struct.pack("HBBI", 0x15, 0, 1, number))
    steps.append(struct.pack("HBBI", 6, 0, 0, 0x50000 | error))
steps.append(struct.pack("HBBI", 6, 0, 0, 0x7FFF0000))
code = ctypes.create_string_buffer(b"".join(steps))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code)))
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0
os.execvp(sys.argv[2], sys.argv[2:])
"""


def without(**calls: int) -> tuple[str, ...]:
    """Words that take calls away, as the filter of a container does: the error each answers."""
    numbers = {"landlock": LANDLOCK, "unshare": UNSHARE}
    pairs = ",".join(f"{numbers[name]}:{error}" for name, error in calls.items())
    return (sys.executable, "-c", DENY, pairs)


def after(set_up: str) -> tuple[str, ...]:
    """Words that do ``set_up`` as root of a namespace, and go on there."""
    return ("unshare", "-Urm", "sh", "-c", f'{set_up} && exec "$@"', "sh")


MACHINES = {
    "as it is": ((), "namespaces"),
    "as root of a container that may do all": (after("true"), "namespaces"),
    "without Landlock": (without(landlock=errno.ENOSYS), "namespaces"),
    "without namespaces, by its settings": (
        after("echo 0 > /proc/sys/user/max_user_namespaces"),
        "landlock",
    ),
    "in a container whose filter refuses namespaces": (without(unshare=errno.EPERM), "landlock"),
    "in a container that masks /proc": (after("mount -t tmpfs none /proc/sys/fs"), "landlock"),
    "with neither": (without(landlock=errno.ENOSYS, unshare=errno.EPERM), "none"),
}


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Stage, str]:
    """A stage on a weaker machine, and the means that must be left there."""
    if find_ability({}).means != "namespaces":
        pytest.skip("left out: namespaces do not work here, so nothing can be taken away")
    before, means = MACHINES[request.param]
    stage = Stage(tmp_path)
    stage.before = before
    return stage, means


def go(stage: Stage, code: str) -> tuple[int, RunRecord, str]:
    """A run whose suite does ``code``: its exit code, its record, and how that went."""
    tried = "\n".join(f"    {line}" for line in code.splitlines())
    told = (
        f"try:\n{tried}\n    how = 'done'\n"
        "except Exception as error:\n    how = f'{type(error).__name__}: {error}'\n"
        "pathlib.Path('stocklist/told').write_text(how)"
    )
    exit_code, _ = stage.go(suite(stage, told))
    record = stage.record()
    assert record is not None
    return exit_code, record, (stage.root / "stocklist/told").read_text()


def test_what_the_kernel_holds_there_is_held_and_said(machine: tuple[Stage, str]) -> None:
    stage, means = machine
    code, record, how = go(stage, "open('README.md', 'a').write('x')")
    assert record.layers is not None
    kernel = next(layer for layer in record.layers.layers if layer.name == "kernel")
    note = {"namespaces": "own mounts", "landlock": "Landlock alone", "none": "no confinement"}
    assert note[means] in kernel.note
    assert (kernel.state is LayerState.LIVE) is (means != "none")
    if means == "none":
        assert how == "done"
        assert record.stopped is not None
        assert record.stopped.trigger is StopTrigger.OUT_OF_SCOPE_WRITE
        assert code != 0
    else:
        assert how.startswith(("PermissionError", "OSError")), how
        assert "x" not in (stage.root / "README.md").read_text().splitlines()[-1:]
        assert (code, record.stopped) == (0, None)


def test_twin_honest_work_is_done_and_its_check_says_how_it_was_held(
    machine: tuple[Stage, str],
) -> None:
    stage, means = machine
    code, record, how = go(stage, "pathlib.Path('stocklist/made.py').write_text('x = 1\\n')")
    assert (how, code, record.stopped) == ("done", 0, None)
    expected = {"namespaces": "ran confined: own", "landlock": "by Landlock alone"}
    wanted = expected.get(means, "ran unconfined")
    notes = {note for ran in record.checks for note in ran.notes}
    assert any(wanted in note for note in notes), notes


def test_what_takes_calls_away_does_so() -> None:
    words = [*without(unshare=errno.EPERM), "unshare", "-Ur", "true"]
    assert subprocess.run(words, capture_output=True, check=False).returncode != 0
    assert subprocess.run(["unshare", "-Ur", "true"], check=False).returncode == 0
