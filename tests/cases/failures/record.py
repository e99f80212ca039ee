"""Records what real runners print, for the cases beside this file.

    python tests/cases/failures/record.py FAMILY [STATE ...]

``FAMILY/project.toml`` holds a small project, the command, and states: each state replaces texts
in the project's files or changes the command. What the command prints goes to ``STATE.txt``, its
first line being the exit status, with this machine's places replaced. The runners are whatever
is on PATH; the README beside this file says which versions were recorded.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
NEUTRAL = "/home/dev/project"


def main(family: str, *only: str) -> None:
    folder = HERE / family
    project = tomllib.loads((folder / "project.toml").read_text(encoding="utf-8"))
    for name, state in project["state"].items():
        if not only or name in only:
            record(project, state, folder / name)


def record(project: dict, state: dict, target: Path) -> None:
    """``keep`` of a state names a result file that is kept beside the output."""
    with tempfile.TemporaryDirectory(prefix="project-") as place:
        lay(Path(place), project["files"] | state.get("files", {}), state.get("replace", []))
        command = state.get("command", project["command"])
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=place,
            env=dict(os.environ) | state.get("env", {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        output = neutral(done.stdout.decode(), place)
        target.with_suffix(".txt").write_text(f"exit {done.returncode}\n{output}", encoding="utf-8")
        if keep := state.get("keep"):
            kept = (Path(place) / keep).read_text(encoding="utf-8")
            target.with_suffix(".xml").write_text(neutral(kept, place), encoding="utf-8")


def lay(root: Path, files: dict[str, str], replacing: list[list[str]]) -> None:
    for name, text in files.items():
        for where, old, new in replacing:
            if where == name:
                assert old in text, f"{name} has no {old!r}"
                text = text.replace(old, new)
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def neutral(text: str, place: str) -> str:
    """``text`` without the places of this machine: they are a developer's, or the system's."""
    text = text.replace(place, NEUTRAL)
    for variable in os.environ.get("RECORD_HIDE", "").split(":"):
        text = text.replace(variable, "/usr/lib/tools") if variable else text
    text = re.sub(r"pytest-of-\w+", "pytest-of-dev", text)
    return re.sub(r"/root\b", "/home/dev", text)


if __name__ == "__main__":
    main(*sys.argv[1:])
