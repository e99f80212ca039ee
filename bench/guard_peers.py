"""Other guards, each in an environment of its own, asked in one process for all commands.

A guard holds what it denies or asks about. Its own default settings, the same repository.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

INSTALL_S, ASK_S = 300, 900

_NAH = """
import json, sys
from nah.bash import classify_command
from nah.config import use_defaults
use_defaults()
def held(command):
    try:
        return classify_command(command).final_decision != "allow"
    except Exception:
        return False
print(json.dumps([held(command) for command in json.load(sys.stdin)]))
"""
_BLASTRADIUS = """
import json, os, sys
from blastradius.check import check_command
def held(command):
    try:
        return not check_command(command, cwd=os.getcwd()).allowed
    except Exception:
        return False
print(json.dumps([held(command) for command in json.load(sys.stdin)]))
"""
_SAFETY_NET = """
import { checkCommand } from "cc-safety-net/api";
import { readFileSync } from "node:fs";
const held = (command) => {
  try { return checkCommand({ command, cwd: process.env.REPOSITORY }).kind === "deny"; }
  catch { return false; }
};
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(held)));
"""
"""A guard that crashes on a command lets it run: that is what its hook would do."""


@dataclass(frozen=True, slots=True)
class Peer:
    """``package`` is what its registry calls it; ``ask`` gives the words that start ``driver``
    with the interpreter of its environment."""

    name: str
    package: str
    driver: str
    install: Callable[[Path, str], None]
    ask: Callable[[Path, Path], Sequence[str]]
    ending: str


def _pip(place: Path, package: str) -> None:
    _run([sys.executable, "-m", "venv", str(place)])
    _run([str(place / "bin/pip"), "install", "--quiet", package])


def _npm(place: Path, package: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise OSError("there is no npm")
    quiet = ("--silent", "--no-audit", "--no-fund", "--ignore-scripts")
    _run([npm, "install", *quiet, "--prefix", str(place), package])


def _run(argv: Sequence[str]) -> None:
    subprocess.run(argv, check=True, capture_output=True, timeout=INSTALL_S)


def _python(place: Path, driver: Path) -> Sequence[str]:
    return (str(place / "bin/python"), "-I", str(driver))


def _node(place: Path, driver: Path) -> Sequence[str]:
    return ("node", str(driver))


PEERS = (
    Peer("cc-safety-net", "cc-safety-net", _SAFETY_NET, _npm, _node, "mjs"),
    Peer("nah", "nah==0.11.*", _NAH, _pip, _python, "py"),
    Peer("blastradius", "actenon-blastradius", _BLASTRADIUS, _pip, _python, "py"),
)


def held_by(peer: Peer, commands: Sequence[str], place: Path, root: Path) -> list[bool]:
    """Which of ``commands`` ``peer`` holds in the repository at ``root``; it is installed below
    ``place`` where it is not there. OSError or SubprocessError where that is not possible."""
    own = place / peer.name
    driver = own / f"driver.{peer.ending}"
    if not driver.exists():
        own.mkdir(parents=True, exist_ok=True)
        peer.install(own, peer.package)
        driver.write_text(peer.driver, encoding="utf-8")
    home = place / "home"
    home.mkdir(exist_ok=True)
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "REPOSITORY": str(root)}
    answer = subprocess.run(
        peer.ask(own, driver),
        input=json.dumps(list(commands)),
        cwd=root,
        env=env,
        capture_output=True,
        text=True,
        timeout=ASK_S,
        check=True,
    )
    found: list[bool] = json.loads(answer.stdout.splitlines()[-1])
    return found
