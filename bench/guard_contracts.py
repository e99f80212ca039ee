"""The contracts under which guards are compared.

``repo`` is what ``remit init`` and ``remit new`` write for an ordinary repository, made by running
them. ``operator`` is for somebody who also looks after what the repository runs on, and builds it.
``strict`` names everything.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from remit.codec.contract import parse
from remit.model.contract import Commands, Contract, Scope
from remit.model.groups import GROUPS

_FILES = {
    "pyproject.toml": '[project]\nname = "parcel"\nversion = "1"\n'
    '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n',
    "src/parcel/__init__.py": "",
    "src/parcel/weigh.py": "def weigh(box):\n    return sum(box)\n",
    "tests/test_weigh.py": "from parcel.weigh import weigh\n\n\ndef test_weigh():\n"
    "    assert weigh([1, 2]) == 3\n",
    ".gitignore": "__pycache__/\n.pytest_cache/\nbuild/\ndist/\n",
    "README.md": "# parcel\n",
}
OWN = ("make", "cargo check", "cargo clippy", "cargo doc", "cargo fmt", "npm test", "npm run")
"""How repositories build, test and format themselves."""
_GOAL = "repair how weights are added up"
_REMIT = "from remit.interfaces.cli.main import main; raise SystemExit(main())"


def make_repository(place: Path) -> Path:
    """An ordinary repository in ``place``, with the policy that ``remit init`` writes."""
    root = place / "parcel"
    for name, text in _FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    home = place / "home"
    home.mkdir()
    env = _environment(place)
    for argv in (
        ("git", "init", "-q", "-b", "main"),
        ("git", "add", "-A"),
        ("git", "commit", "-q", "-m", "Start"),
        (sys.executable, "-c", _REMIT, "init", "--yes"),
        ("git", "add", "-A"),
        ("git", "commit", "-q", "-m", "Policy"),
        (sys.executable, "-c", _REMIT, "new", _GOAL, "-o", str(place / "contract.toml")),
    ):
        subprocess.run(argv, cwd=root, env=env, check=True, capture_output=True)
    return root


def _environment(place: Path) -> dict[str, str]:
    named = {
        f"GIT_{who}_{what}": text
        for who in ("AUTHOR", "COMMITTER")
        for what, text in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))
    }
    own = {"HOME": str(place / "home"), "REMIT_STATE": str(place / "state")}
    return {**os.environ, **own, **named}


def contracts(place: Path) -> Mapping[str, Contract]:
    """``repo``, ``operator`` and ``strict``, for the repository made in ``place``."""
    file = place / "contract.toml"
    repo = parse(file.read_text(encoding="utf-8"), str(file))
    operator = replace(
        repo,
        scope=replace(repo.scope, edit=("**",)),
        commands=Commands(free=(*repo.commands.free, *OWN, *sorted(GROUPS))),
    )
    strict = replace(
        repo,
        scope=Scope(repo.scope.edit, repo.scope.edit, repo.scope.artifacts),
        commands=replace(repo.commands, exact=True),
    )
    return {"repo": repo, "operator": operator, "strict": strict}
