"""Who may answer a request: the agent's processes try to pass for a person."""

from __future__ import annotations

import array
import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from remit.system import private_socket
from remit.system.process import new_mark, spawn_agent
from remit.system.visitor import answer_word

DOOR = Path(__file__).with_name("grant_door.py")
KNOCK = """
    import array, ctypes, os, socket, subprocess, sys, time
    def connect(place=sys.argv[-1]):
        folder, _, name = place.rpartition("/")
        os.chdir(folder)
        door = socket.socket(socket.AF_UNIX)
        door.connect(name)
        return door
    def say(door, word):
        greeting = door.recv(4096)
        if greeting:
            door.sendall(greeting.strip() + b" " + word.encode() + b"\\n")
            door.recv(1)
    def knock(word):
        say(connect(), word)
"""
SHELL = 'knock("shell")'
DETACHED = """
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            words = [sys.executable, sys.argv[0], "again", sys.argv[-1]]
            os.execve(sys.executable, words, {})
        os._exit(0)
    time.sleep(30)
"""
AGAIN = """
    if "again" in sys.argv:
        time.sleep(0.5)  # its parents are gone by then
        knock("detached")
        sys.exit()
"""
HOOK = """
    repo = os.path.dirname(sys.argv[-1]) + "/repo"
    subprocess.run(["git", "init", "-q", repo], check=True)
    hook = repo + "/.git/hooks/pre-commit"
    with open(hook, "w") as file:
        file.write(f"#!/bin/sh\\nexec {sys.executable} {sys.argv[0]} again {sys.argv[-1]}\\n")
    os.chmod(hook, 0o755)
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *who, "-C", repo, "commit", "-q", "--allow-empty", "-m", "x"])
"""
EXEC = """
    if "again" in sys.argv:
        say(socket.socket(fileno=int(sys.argv[2])), "exec")
        sys.exit()
    door = connect()
    os.set_inheritable(door.fileno(), True)
    words = [sys.executable, sys.argv[0], "again", str(door.fileno()), sys.argv[-1]]
    os.execve(sys.executable, words, {})
"""
OWN_PID_SPACE = """
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.unshare(0x10000000 | 0x20000000) == 0, ctypes.get_errno()  # user and pid
    child = os.fork()
    if child == 0:
        knock("pid space")
        os._exit(0)
    os.waitpid(child, 0)
    time.sleep(30)
"""
SETNS = """
    libc = ctypes.CDLL(None, use_errno=True)
    first = os.pidfd_open(1)
    for kind in (0x20000, 0x20000000, 0x10000000, 0x4000000, 0x8000000, 0x2000000):
        libc.setns(first, kind)  # mounts, pids, users, names, ipc, control groups
    child = os.fork()
    if child == 0:
        knock("setns")
        os._exit(0)
    os.waitpid(child, 0)
    time.sleep(30)
"""
TAKES = """
    taken = socket.socket(socket.AF_UNIX)
    taken.connect(os.path.dirname(sys.argv[-1]) + "/handed")
    _, notes, _, _ = taken.recvmsg(1, socket.CMSG_SPACE(4))
    say(socket.socket(fileno=array.array("i", notes[0][2])[0]), "handed in")
"""
HANDS = """
    taken = socket.socket(socket.AF_UNIX)
    taken.connect(os.path.dirname(sys.argv[-1]) + "/handed")
    door = connect()
    one = array.array("i", [door.fileno()])
    taken.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, one)])
    time.sleep(30)
"""
SLEEP = "time.sleep(30)\n"


def _script(tmp: Path, *parts: str, name: str = "agent.py") -> Path:
    script = tmp / name
    script.write_text("".join(textwrap.dedent(part) for part in (KNOCK, *parts)))
    return script


def _heard(tmp: Path, agent: Path, meanwhile: Callable[[Path], None] | None = None) -> list[str]:
    """What the door says of the first who knocks."""
    place = tmp / "control"
    with subprocess.Popen(
        [sys.executable, str(DOOR), str(place), str(agent)], stdout=subprocess.PIPE, text=True
    ) as door:
        assert door.stdout is not None
        try:
            if meanwhile is not None:
                _until(place.exists)
                meanwhile(place)
            told: list[str] = json.loads(door.stdout.readline())
            return told
        finally:
            _person("over")(place)


def _until(there: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not there():
        assert time.monotonic() < until
        time.sleep(0.01)


def _person(word: str) -> Callable[[Path], None]:
    """Somebody outside the run says ``word``."""

    def knock(place: Path) -> None:
        _until(place.exists)
        while True:
            try:
                with private_socket.connect(place, 20) as connection:
                    connection.sendall(answer_word(connection.recv(4096)) + f"{word}\n".encode())
                    connection.recv(1)
                    return
            except ConnectionRefusedError:
                continue

    return knock


def _handed(tmp: Path) -> socket.socket:
    """Where a descriptor changes hands."""
    meeting = socket.socket(socket.AF_UNIX)
    meeting.settimeout(20)
    meeting.bind(str(tmp / "handed"))
    meeting.listen(1)
    return meeting


def test_twin_a_person_in_another_terminal_is_heard(tmp_path: Path) -> None:
    assert _heard(tmp_path, _script(tmp_path, SLEEP), _person("yes")) == ["yes", "a person"]


def test_twin_a_person_whose_program_starts_another_after_connecting_is_heard(
    tmp_path: Path,
) -> None:
    mine = _script(tmp_path, EXEC, name="mine.py")

    def knock(place: Path) -> None:
        subprocess.run([sys.executable, str(mine), str(place)], check=True, timeout=30)

    assert _heard(tmp_path, _script(tmp_path, SLEEP), knock) == ["exec", "a person"]


@pytest.mark.parametrize(
    "parts",
    [(SHELL,), (AGAIN, DETACHED), (AGAIN, HOOK), (EXEC,), (SETNS,), (OWN_PID_SPACE,)],
    ids=[
        "from the agent's shell",
        "from a detached child without environment",
        "from a git hook",
        "from a process that becomes another after connecting",
        "from a process that enters the namespaces of the first process",
        "from a pid space of its own",
    ],
)
def test_a_process_of_the_run_is_no_person(tmp_path: Path, parts: tuple[str, ...]) -> None:
    _, said = _heard(tmp_path, _script(tmp_path, *parts))
    assert "from a process of the run" in said


def test_a_connection_handed_into_the_run_is_not_a_person_there(tmp_path: Path) -> None:
    """A helper outside connects and passes the descriptor; the agent speaks over it."""

    def hand(place: Path) -> None:
        with _handed(tmp_path) as meeting, private_socket.connect(place, 20) as connection:
            taker, _ = meeting.accept()
            with taker:
                one = array.array("i", [connection.fileno()])
                taker.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, one)])
                taker.recv(1)  # until it is done

    handing = tmp_path / "control"
    thread = threading.Thread(target=lambda: (_until(handing.exists), hand(handing)))
    thread.start()
    _, said = _heard(tmp_path, _script(tmp_path, "time.sleep(1)\n", TAKES))
    thread.join()
    assert "another process speaks than the one that connected" in said


def test_a_connection_of_the_run_handed_out_is_still_of_the_run(tmp_path: Path) -> None:
    """The agent connects; a helper outside gets the descriptor and speaks over it."""
    with _handed(tmp_path) as meeting:

        def take() -> None:
            taker, _ = meeting.accept()
            with taker:
                _, notes, _, _ = taker.recvmsg(1, socket.CMSG_SPACE(4))
                with socket.socket(fileno=array.array("i", notes[0][2])[0]) as connection:
                    connection.settimeout(20)
                    with suppress(BrokenPipeError):  # it may have been turned away by now
                        connection.sendall(answer_word(connection.recv(4096)) + b"handed out\n")

        thread = threading.Thread(target=take)
        thread.start()
        _, said = _heard(tmp_path, _script(tmp_path, HANDS))
        thread.join()
    assert "from a process of the run" in said


@pytest.mark.parametrize(
    "parts", [(EXEC,), (AGAIN, DETACHED)], ids=["without environment", "detached"]
)
def test_an_agent_of_another_run_is_no_person(tmp_path: Path, parts: tuple[str, ...]) -> None:
    other = _script(tmp_path, *parts, name="other.py")

    def knock(place: Path) -> None:
        argv = [sys.executable, str(other), str(place)]
        started.append(spawn_agent(argv, env=dict(os.environ), cwd=Path("/"), mark=new_mark()))

    started: list[object] = []
    _, said = _heard(tmp_path, _script(tmp_path, SLEEP), knock)
    for process in started:
        process.end()
        process.close()
    assert "a process that an agent's run started" in said


def test_a_container_of_the_same_user_is_no_person(tmp_path: Path) -> None:
    """What a container service runs for whoever asks has namespaces of its own."""
    mine = _script(tmp_path, SHELL, name="mine.py")

    def knock(place: Path) -> None:
        unshare = ["unshare", "--user", "--map-root-user", "--pid", "--fork"]
        subprocess.run([*unshare, sys.executable, str(mine), str(place)], check=True, timeout=30)

    _, said = _heard(tmp_path, _script(tmp_path, SLEEP), knock)
    assert "in another pid namespace" in said


def test_one_who_never_repeats_the_word_is_not_heard(tmp_path: Path) -> None:
    """Bytes that were prepared before the door looked say nothing."""

    def knock(place: Path) -> None:
        with private_socket.connect(place, 20) as connection:
            connection.sendall(b"yes\n")
            connection.recv(4096)
            connection.recv(1)

    _, said = _heard(tmp_path, _script(tmp_path, SLEEP), knock)
    assert "not said to us" in said


@pytest.mark.parametrize("options", [(), ("--old",)], ids=["with a handle", "without a handle"])
def test_an_id_used_again_between_connecting_and_looking(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    """The kernel names the dead process by an id that a person's process has by now."""
    unshare = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    script = Path(__file__).with_name("pid_reused.py")
    done = subprocess.run(
        [*unshare, sys.executable, str(script), str(tmp_path), *options],
        capture_output=True,
        text=True,
        timeout=60,
    )
    _, said = json.loads(done.stdout or '["", "nothing"]')
    expected = "another process speaks" if options else "changed while it was looked at"
    assert expected in said, done.stderr
