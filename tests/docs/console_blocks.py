"""Console blocks of the documentation, and running them as a person at a terminal would.

A block is preceded by a mark: ``<!-- test: SCENE -->`` (with ``exits N`` where its last command
does not end with 0), or ``<!-- not run: REASON -->``. Lines that start with ``$`` are commands;
what follows is what must be seen, in order, where ``…`` stands for anything.
"""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>[^\n]*?) -->\n+)?^```console\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
_TEST = re.compile(r"test: (?P<scene>[a-z-]+)(?: exits (?P<code>\d+))?")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")
_PROMPTS = (("? [y/N] ", "y"), ("[y/N]: ", "y\n"), ("[Y/n]: ", "y\n"))
SECONDS = 90


@dataclass(frozen=True, slots=True)
class Step:
    """One command and the lines that must be seen after it."""

    command: str
    seen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One console block. ``scene`` is empty where it is not run; ``exits`` is its last code."""

    page: str
    line: int
    mark: str
    scene: str
    exits: int
    steps: tuple[Step, ...]


def blocks_of(page: Path, name: str) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        mark = match["mark"] or ""
        test = _TEST.fullmatch(mark)
        scene, code = (test["scene"], int(test["code"] or 0)) if test else ("", 0)
        line = text.count("\n", 0, match.start("body")) + 1
        found.append(Block(name, line, mark, scene, code, _steps(match["body"])))
    return found


def _steps(body: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    lines = body.replace("\\\n", " ").splitlines()
    for line in lines:
        if line.startswith("$ "):
            steps.append(Step(line[2:], ()))
        elif line.strip() and steps:
            steps[-1] = Step(steps[-1].command, (*steps[-1].seen, line))
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person saw: text without colours, and the exit code."""

    text: str
    code: int


def at_terminal(command: str, cwd: Path, environ: Mapping[str, str]) -> Shown:
    """Run ``command`` in a shell whose three streams are a terminal; agrees to what is asked."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["/bin/bash", "-c", command],
        cwd=cwd,
        env=dict(environ),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        text = _talk(ours, time.monotonic() + SECONDS)
        return Shown(text, process.wait(5))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return Shown(f"{text}\nno end after {SECONDS} seconds", process.wait())
    finally:
        os.close(ours)


def _talk(terminal: int, deadline: float) -> str:
    """Everything shown until the end; a question is answered once nothing more comes, as a
    person does, for what is typed ahead is thrown away."""
    seen = ""
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 0.3)[0]:
            _answer(terminal, _CONTROL.sub("", seen))
            continue
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data.decode("utf-8", "replace")
    return _CONTROL.sub("", seen)


def _answer(terminal: int, seen: str) -> None:
    for prompt, answer in _PROMPTS:
        if seen.endswith(prompt):
            os.write(terminal, answer.encode())


def unseen(expected: tuple[str, ...], text: str) -> str:
    """The first expected line that ``text`` does not show in its place, or ``""``."""
    lines = iter(line.rstrip() for line in text.splitlines())
    for wanted in expected:
        if wanted.strip() == "…":
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in wanted.rstrip().split("…")))
        if not any(pattern.fullmatch(line) for line in lines):
            return wanted
    return ""
