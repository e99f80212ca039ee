"""A git that an agent put on the PATH, as into a virtual environment of the repository."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from remit.interfaces.demo.repository import create


def test_a_git_planted_on_the_path_is_not_what_remit_runs(tmp_path: Path) -> None:
    root, mark = tmp_path / "stocklist", tmp_path / "ran"
    root.mkdir()
    create(root)
    planted = root / ".venv" / "bin" / "git"
    planted.parent.mkdir(parents=True)
    planted.write_text(f'#!/bin/sh\necho "$@" >> {mark}\nexec /usr/bin/git "$@"\n')
    planted.chmod(0o755)
    path = f"{planted.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "remit", "init", "--yes"],
        cwd=root,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not mark.exists()
