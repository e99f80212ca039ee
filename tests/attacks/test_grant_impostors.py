"""Who may answer a request: the agent's processes try to pass for a person."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from remit.system import private_socket

DOOR = Path(__file__).with_name("grant_door.py")
KNOCK = """
    import os, socket, sys, time
    def knock(word):
        folder, _, name = sys.argv[-1].rpartition("/")
        os.chdir(folder)
        door = socket.socket(socket.AF_UNIX)
        door.connect(name)
        door.sendall(word.encode())
        door.recv(1)
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
    import subprocess
    repo = os.path.dirname(sys.argv[-1]) + "/repo"
    subprocess.run(["git", "init", "-q", repo], check=True)
    hook = repo + "/.git/hooks/pre-commit"
    with open(hook, "w") as file:
        file.write(f"#!/bin/sh\\nexec {sys.executable} {sys.argv[0]} again {sys.argv[-1]}\\n")
    os.chmod(hook, 0o755)
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *who, "-C", repo, "commit", "-q", "--allow-empty", "-m", "x"])
"""


def _agent(tmp: Path, *parts: str) -> Path:
    script = tmp / "agent.py"
    script.write_text("".join(textwrap.dedent(part) for part in (KNOCK, *parts)))
    return script


def _heard(tmp: Path, agent: Path, *, person: bool = False) -> list[str]:
    """What the door says of the first who knocks."""
    place = tmp / "control"
    with subprocess.Popen(
        [sys.executable, str(DOOR), str(place), str(agent)], stdout=subprocess.PIPE, text=True
    ) as door:
        assert door.stdout is not None
        try:
            if person:
                _knock_from_outside(place, "person")
            return json.loads(door.stdout.readline())
        finally:
            _knock_from_outside(place, "over")


def _knock_from_outside(place: Path, word: str) -> None:
    while not place.exists():
        pass
    while True:
        try:
            with private_socket.connect(place, 10) as connection:
                connection.sendall(word.encode())
                connection.recv(1)
                return
        except ConnectionRefusedError:
            continue


def test_twin_a_person_in_another_terminal_is_heard(tmp_path: Path) -> None:
    agent = _agent(tmp_path, "time.sleep(30)\n")
    assert _heard(tmp_path, agent, person=True) == ["person", "a person"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [("shell", (SHELL,)), ("detached", (AGAIN, DETACHED)), ("detached", (AGAIN, HOOK))],
    ids=["from the agent's shell", "from a detached child without environment", "from a git hook"],
)
def test_a_process_of_the_run_is_no_person(
    tmp_path: Path, name: str, parts: tuple[str, ...]
) -> None:
    word, said = _heard(tmp_path, _agent(tmp_path, *parts))
    assert word == name
    assert "from a process of the run" in said
