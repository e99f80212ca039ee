"""A check is agent-written code: what the kernel keeps it from, each with its honest twin."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from checked_project import Project
from remit.model.contract import Check, Shows
from remit.model.events import CheckState
from remit.services.check_enclosure import CheckEnclosure
from remit.system.confine.ability import find_ability
from remit.system.confine.plan import Means


@pytest.fixture(params=["namespaces", "landlock"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    ability = find_ability({"REMIT_CONFINE": "landlock" if request.param == "landlock" else ""})
    if ability.means != request.param:
        pytest.skip(f"left out: {ability.missing}")
    (tmp_path / "home/.ssh").mkdir(parents=True)
    (tmp_path / "home/.ssh/id_ed25519").write_text("PRIVATE")
    (tmp_path / "state").mkdir()
    (tmp_path / "state/ledger").write_text("LEDGER")
    hidden = (str(tmp_path / "home/.ssh"), str(tmp_path / "state/ledger"))
    return Project(tmp_path, enclosure=CheckEnclosure(ability, hidden))


def state_of(project: Project, code: str, time_s: int = 60) -> CheckState:
    """How a check ends that runs ``code``."""
    commit = project.commit({"check.py": code})
    return project.before(Check("tests", "python check.py", Shows.GREEN, time_s), commit).state


def test_twin_an_honest_check_runs(project: Project) -> None:
    code = (
        "import pathlib, socket, subprocess, sys, tempfile, multiprocessing.shared_memory as m\n"
        "pathlib.Path('made').write_text('x')\n"
        "pathlib.Path.home().joinpath('.cache').mkdir()\n"
        "tempfile.NamedTemporaryFile().write(b'x')\n"
        "s = m.SharedMemory(create=True, size=8); s.close(); s.unlink()\n"
        "door = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(door.getsockname())\n"
        "subprocess.run([sys.executable, '-c', ''], check=True, stdout=subprocess.DEVNULL)\n"
    )
    assert state_of(project, code) is CheckState.PASSED


@pytest.mark.parametrize("place", ["home/.ssh/id_ed25519", "state/ledger"])
def test_a_check_cannot_read_keys_or_the_ledger(project: Project, place: str) -> None:
    code = f"print(open({str(project.place / place)!r}).read(1) or 1 / 0)"
    assert state_of(project, code) is CheckState.FAILED


def test_twin_a_check_reads_what_is_no_secret(project: Project) -> None:
    (project.root / "notes").write_text("plain")
    assert state_of(project, f"open({str(project.root / 'notes')!r}).read()") is CheckState.PASSED


@pytest.mark.parametrize("place", ["state/ledger", "project/README", "home/.profile"])
def test_a_check_cannot_write_outside_of_its_worktree(project: Project, place: str) -> None:
    target = project.place / place
    before = target.read_bytes() if target.exists() else None
    state = state_of(project, f"open({str(target)!r}, 'a').write('x')")
    assert state is CheckState.FAILED
    assert (target.read_bytes() if target.exists() else None) == before


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[tuple[str, list[bytes]]]:
    """A socket with a path where somebody listens, as docker does: its path, what was heard."""
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "agent.sock"))
        door.listen()

        def hear() -> None:
            while not done.is_set():
                peer, _ = door.accept()
                heard.append(peer.recv(10))
                peer.close()

        done = threading.Event()
        thread = threading.Thread(target=hear, daemon=True)
        thread.start()
        yield str(tmp_path / "agent.sock"), heard
        done.set()
        with socket.socket(socket.AF_UNIX) as last:  # nothing else wakes who waits there
            last.connect(str(tmp_path / "agent.sock"))
        thread.join()


def test_a_check_cannot_reach_a_socket_of_this_machine(
    project: Project, listener: tuple[str, list[bytes]]
) -> None:
    path, heard = listener
    state = state_of(project, f"import socket; socket.socket(socket.AF_UNIX).connect({path!r})")
    if project.enclosure.ability.means is Means.NAMESPACES:
        assert state is CheckState.FAILED
        assert heard == []
    else:
        assert "network and sockets open" in project.enclosure.note


def test_a_check_cannot_reach_the_network(project: Project) -> None:
    if project.enclosure.ability.means is Means.LANDLOCK:
        assert "network and sockets open" in project.enclosure.note
        return
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
        assert state_of(project, code) is CheckState.FAILED
        udp = "import socket; socket.socket(2, 2).sendto(b'x', ('192.0.2.1', 53))"
        assert state_of(project, udp) is CheckState.FAILED


def test_a_check_cannot_end_processes_outside(project: Project) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        state = state_of(project, f"import os; os.kill({other.pid}, 9)")
        assert state is CheckState.FAILED
        assert other.poll() is None
        other.kill()
