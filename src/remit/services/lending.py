"""Lends the user's dependency directories to a check's worktree without giving them away.

Where the system lets us, a check sees them through an overlay whose writes are thrown away,
or read-only; elsewhere by a link, which the notes then call what it is: shared writable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from remit.services.workspace import Workspace, make_folder, put_link
from remit.system.bounded import run_bounded
from remit.system.git_place import read_plain
from remit.system.isolated import isolated

_PROBE_S = 20
_SITE = "lib/python*/site-packages"
_EDITABLE_LIMIT = 64 * 1024
MODES = {"overlay": "lent, writes thrown away", "read-only": "lent read-only"}
SHARED = "shared writable"


@dataclass(frozen=True, slots=True)
class Lent:
    """How to run a command with what was lent: ``prefix`` goes before its argv."""

    prefix: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    """Directories that come first in PATH."""
    notes: tuple[str, ...] = ()


def lend_dependencies(
    share: Sequence[str], repository_root: Path, workspace: Workspace, env: Mapping[str, str]
) -> Lent:
    """Make each directory of ``share`` appear in the worktree."""
    found = [name for name in share if (repository_root / name).is_dir()]
    notes = [f"not there to share: {name}" for name in share if name not in found]
    tracked = [name for name in found if (workspace.tree / name).exists()]
    notes.extend(f"not shared, the commit holds it: {name}" for name in tracked)
    places = [name for name in found if name not in tracked]
    if not places:
        return Lent(notes=tuple(notes))
    prefix, how = _way(places, repository_root, workspace, env)
    notes.extend(f"{how}: {name}" for name in places)
    python = lend_python(places, repository_root, workspace.tree)
    return Lent(prefix, python.variables, python.path, (*notes, *python.notes))


def _way(
    places: Sequence[str], root: Path, workspace: Workspace, env: Mapping[str, str]
) -> tuple[tuple[str, ...], str]:
    """The first way of lending that works here: (argv prefix, what it is called)."""
    for name in places:
        make_folder(workspace.tree, name)
    for mode, told in MODES.items():
        prefix = _lender(mode, places, root, workspace)
        probe = run_bounded(
            [*prefix, "/bin/true"], cwd=workspace.tree, env=env, deadline_s=_PROBE_S
        )
        if probe.exit_code == 0:
            return prefix, told
    for name in places:
        put_link(workspace.tree, name, (root / name).resolve())
    return (), SHARED


def _lender(mode: str, places: Sequence[str], root: Path, workspace: Workspace) -> tuple[str, ...]:
    words: list[str] = []
    for number, name in enumerate(places):
        work = workspace.work / str(number)
        words += [str((root / name).resolve()), str(workspace.tree / name), str(work)]
    return (*isolated("remit.system.confine.lend"), mode, *words, "--")


def lend_python(places: Sequence[str], root: Path, tree: Path) -> Lent:
    """What a virtual environment among the lent ``places`` needs: its programs first, and ``tree``
    instead of the user's where the project is installed in editable form."""
    venvs = [name for name in places if (root / name / "pyvenv.cfg").is_file()]
    if not venvs:
        return Lent()
    variables = {"VIRTUAL_ENV": str(tree / venvs[0])}
    notes = []
    if ours := _editable(root, venvs, tree):
        variables["PYTHONPATH"] = ":".join(str(path) for path in ours)
        told = ", ".join(str(path.relative_to(tree)) or "." for path in ours)
        notes.append(f"editable install led to the worktree by PYTHONPATH: {told}")
    path = tuple(str(tree / name / "bin") for name in venvs)
    return Lent((), variables, path, tuple(notes))


def _editable(root: Path, venvs: Sequence[str], tree: Path) -> list[Path]:
    """Places in ``tree`` that stand for those an editable install points to."""
    found: dict[Path, None] = {}
    for name in venvs:
        for site in (root / name).glob(_SITE):
            for pointer in sorted([*site.glob("*.pth"), *site.glob("__editable__*.py")]):
                for path in _pointed(pointer, root):
                    if not any(path.is_relative_to(venv) for venv in venvs):
                        found[tree / path] = None
    return list(found)


def _pointed(pointer: Path, root: Path) -> list[Path]:
    """Import directories below ``root`` that a ``.pth`` file or an import finder names."""
    text = (read_plain(pointer, _EDITABLE_LIMIT) or b"").decode("utf-8", "replace")
    found = []
    for written in (str(root), str(root.resolve())):
        for rest in re.findall(re.escape(written) + r"((?:/[^'\"\n:]*)?)(?=['\"\n]|$)", text):
            path = Path(rest.strip("/").strip())
            found.append(path.parent if pointer.suffix == ".py" else path)
    return found
