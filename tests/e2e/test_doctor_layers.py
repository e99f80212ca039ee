"""``remit doctor`` on this machine: what it says with layers on, off, and broken."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from remit.system.confine.ability import find_ability

SECONDS = 60


@dataclass
class Told:
    """One ``remit doctor --json``: its exit code, its JSON, all it printed."""

    code: int
    json: dict
    text: str

    def layer(self, name: str) -> dict:
        return next(layer for layer in self.json["layers"] if layer["layer"] == name)

    def state(self, name: str) -> str:
        return self.layer(name)["state"]

    def missed(self, name: str) -> list[str]:
        """Probes of a layer that did not end as they must."""
        return [probe["probe"] for probe in self.layer(name)["probes"] if not probe["as_it_must"]]

    def doors(self) -> str:
        return json.dumps(self.json["doors"])


@dataclass
class Machine:
    """A home, a temporary folder and a state directory of a person who asks the doctor."""

    place: Path
    temporary: Path

    def ask(self, *words: str, **variables: str) -> Told:
        (self.place / "home").mkdir(exist_ok=True)
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.place / "home"),
            "TMPDIR": str(self.temporary),
            "REMIT_STATE": str(self.place / "state"),
            "PYTHONPATH": os.pathsep.join(sys.path),
            **variables,
        }
        done = subprocess.run(
            [sys.executable, "-m", "remit", "doctor", "--json", *words],
            cwd=self.place,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.stdout.strip(), done.stderr
        return Told(done.returncode, json.loads(done.stdout), done.stdout + done.stderr)

    def program(self, name: str, text: str) -> str:
        """A program of this name: its path."""
        path = self.place / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return str(path)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Its temporary folder is a short path, as those of people are: sockets lie in it."""
    with tempfile.TemporaryDirectory() as temporary:
        yield Machine(tmp_path, Path(temporary))


def processes_in(place: Path) -> list[str]:
    """Command lines of living processes that work below ``place``."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(folder / "cwd").startswith(str(place)):
                found.append((folder / "cmdline").read_bytes().decode(errors="replace"))
        except OSError:
            continue
    return found


def test_every_promised_layer_is_shown_live_and_nothing_is_left(machine: Machine) -> None:
    if find_ability({}).means != "namespaces":
        pytest.skip("left out: namespaces do not work here")
    told = machine.ask("--client", "scripted")
    for layer in ("hook", "kernel", "comparison", "ledger", "state", "git"):
        assert told.state(layer) == "live", told.text
        assert told.missed(layer) == []
    assert told.code == 0
    assert told.json["enforcing"] is True
    assert told.json["headline"].startswith("enforcing: hook, kernel, comparison")
    assert [door["door"] for door in told.json["doors"]] == ["sockets in the repository"]
    assert list(machine.temporary.iterdir()) == []
    assert not (machine.place / "state").exists()
    assert list((machine.place / "home").iterdir()) == []
    assert processes_in(machine.place) == processes_in(machine.temporary) == []


def test_with_landlock_alone_the_weaker_state_is_said(machine: Machine) -> None:
    if not find_ability({}).landlock:
        pytest.skip("left out: this kernel has no Landlock")
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.bind(str(machine.place / "docker.sock"))
        daemon.listen()
        told = machine.ask("--client", "scripted", REMIT_CONFINE="landlock")
    assert told.state("kernel") == "live", told.text
    assert told.json["means"] == "landlock"
    assert "modes are not held" in told.layer("kernel")["note"]
    assert str(machine.place / "docker.sock") in told.doors()
    assert "docker (root on this machine)" in told.doors()
    assert "modes and attributes" in told.doors()
    assert "UDP" not in told.doors()
    assert "TCP" not in told.doors()
    assert "keyring" not in told.doors()
    assert told.code == 0


def test_a_kernel_that_is_off_is_never_called_enforcing(machine: Machine) -> None:
    told = machine.ask("--client", "scripted", REMIT_CONFINE="none")
    assert told.state("kernel") == "off"
    assert "a program writes out of scope" in told.missed("kernel")
    assert told.state("hook") == told.state("comparison") == "live"
    assert told.json["headline"].startswith("NOT enforcing: kernel is off")
    assert told.json["gaps"][0]["fix"] == "unset REMIT_CONFINE"
    assert "set-uid programs" in told.doors()
    assert told.code == 1


def test_a_client_that_ignores_its_hooks_is_found(machine: Machine) -> None:
    """It answers as Claude Code does and then does what it likes."""
    rogue = machine.program(
        "claude",
        "#!/bin/sh\n"
        '[ "$1" = --version ] && { echo "2.1.330 (Claude Code)"; exit 0; }\n'
        "echo x > outside/by-tool\necho x > inside/unanswered\n",
    )
    told = machine.ask("--agent", rogue)
    assert told.state("hook") == "broken", told.text
    assert "the Write tool on a path out of scope" in told.missed("hook")
    assert told.json["headline"].startswith("NOT enforcing: hook is broken")
    assert told.code == 1


def test_a_client_that_does_nothing_proves_nothing(machine: Machine) -> None:
    idle = machine.program("claude", '#!/bin/sh\necho "2.1.330 (Claude Code)"\n')
    told = machine.ask("--agent", idle)
    assert told.state("hook") == told.state("kernel") == told.state("comparison") == "unknown"
    assert told.json["headline"].startswith("cannot say: ")
    assert told.code == 6


def test_a_client_that_hangs_is_ended(machine: Machine) -> None:
    hanging = machine.program(
        "claude",
        '#!/bin/sh\n[ "$1" = --version ] && { echo "2.1.330 (Claude Code)"; exit 0; }\nsleep 600\n',
    )
    told = machine.ask("--agent", hanging)
    assert told.state("hook") == "unknown"
    assert told.code == 6
    assert processes_in(machine.place) == processes_in(machine.temporary) == []
    assert list(machine.temporary.iterdir()) == []


def test_an_old_client_is_refused_with_its_fix(machine: Machine) -> None:
    old = machine.program("claude", '#!/bin/sh\necho "2.1.294 (Claude Code)"\n')
    told = machine.ask("--agent", old)
    assert told.state("client") == "broken"
    assert "npm install -g @anthropic-ai/claude-code@latest" in json.dumps(told.json["gaps"])
    assert told.code == 1


def test_a_missing_client_is_said_and_our_script_takes_its_place(machine: Machine) -> None:
    told = machine.ask(PATH="/usr/bin:/bin")
    assert "our scripted agent took its place" in told.layer("client")["note"]
    assert told.json["agent"] == "our scripted agent"
    assert told.state("hook") == "live"
    asked_for = machine.ask("--agent", str(machine.place / "nowhere"))
    assert asked_for.state("client") == "unknown"
    assert asked_for.code in (1, 6)


def test_without_git_nothing_is_claimed(machine: Machine) -> None:
    tools = machine.program("sleep", "#!/bin/sh\nexec /bin/sleep $1\n")
    told = machine.ask("--client", "scripted", PATH=str(Path(tools).parent))
    assert told.state("git") == "broken"
    assert told.state("hook") == "unknown"
    assert "install git 2.30 or newer" in json.dumps(told.json["gaps"])
    assert told.code == 1


def test_an_old_git_is_named(machine: Machine) -> None:
    old = machine.program("git", "#!/bin/sh\necho git version 2.17.1\n")
    told = machine.ask("--client", "scripted", PATH=f"{Path(old).parent}:/usr/bin:/bin")
    assert told.layer("git")["note"] == "git 2.17.1 is too old"
    assert told.code == 1


def test_a_state_directory_that_others_may_write_is_named(machine: Machine) -> None:
    state = machine.place / "state"
    state.mkdir()
    state.chmod(0o777)
    told = machine.ask("--client", "scripted")
    assert told.state("state") == "broken"
    assert "chmod 700" in json.dumps(told.json["gaps"])
    assert told.code == 1


def test_a_login_that_a_shell_command_can_read_is_a_door(machine: Machine) -> None:
    login = machine.place / "home/.claude/.credentials.json"
    login.parent.mkdir(parents=True)
    login.write_text("{}")
    token = "tok-of-the-person"
    told = machine.ask("--client", "scripted", CLAUDE_CODE_OAUTH_TOKEN=token)
    assert str(login) not in told.doors(), "the kernel hides it from an agent that needs none"
    told = machine.ask("--client", "scripted", CLAUDE_CODE_OAUTH_TOKEN=token, REMIT_CONFINE="none")
    assert f"a shell command can read {login}" in told.doors()
    assert "a shell command can read CLAUDE_CODE_OAUTH_TOKEN" in told.doors()
    assert token not in told.text


def test_a_means_there_is_not_is_a_mistake_of_the_caller(machine: Machine) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "remit", "doctor"],
        env={**os.environ, "REMIT_CONFINE": "magic"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "no such means" in done.stderr


def test_a_long_temporary_path_is_no_hindrance(machine: Machine) -> None:
    """The address of a socket holds 107 bytes."""
    deep = machine.temporary / ("d" * 120)
    deep.mkdir()
    assert machine.ask("--client", "scripted", TMPDIR=str(deep)).state("hook") == "live"
