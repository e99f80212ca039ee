"""Dependencies are lent to a check; the user's own directory stays as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from remit.services.lending import MODES, SHARED, lend_dependencies
from remit.services.workspace import open_workspace
from remit.system.bounded import Finished, run_bounded
from remit.system.isolated import isolated

ENV = {"PATH": os.environ["PATH"]}


def _try(root: Path, parent: Path, share: tuple[str, ...], command: str) -> tuple[Finished, str]:
    with open_workspace(parent) as workspace:
        lent = lend_dependencies(share, root, workspace, ENV)
        argv = [*lent.prefix, "/bin/sh", "-c", command]
        env = {**ENV, **lent.variables}
        finished = run_bounded(argv, cwd=workspace.tree, env=env, deadline_s=20)
    return finished, "; ".join(lent.notes)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "node_modules" / "left-pad").mkdir(parents=True)
    (root / "node_modules" / "left-pad" / "index.js").write_text("pad")
    return root


def test_lent_dependencies_are_seen_and_cannot_be_changed(project: Path, tmp_path: Path) -> None:
    command = "cat node_modules/left-pad/index.js; echo evil > node_modules/left-pad/index.js"
    finished, notes = _try(project, tmp_path / "work", ("node_modules",), command)
    if notes.startswith(SHARED):
        pytest.skip("this system gives no private mounts")
    assert finished.output.startswith(b"pad")
    assert any(notes == f"{told}: node_modules" for told in MODES.values())
    assert (project / "node_modules" / "left-pad" / "index.js").read_text() == "pad"
    assert list((tmp_path / "work").iterdir()) == []


def test_a_place_that_is_not_there_is_noted(project: Path, tmp_path: Path) -> None:
    finished, notes = _try(project, tmp_path / "work", (".venv",), "ls -A")
    assert (finished.output, notes) == (b"", "not there to share: .venv")


def test_a_check_of_an_unprivileged_user_cannot_change_what_it_was_lent(tmp_path: Path) -> None:
    """The same through a user namespace, which root does not need."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    source, place, work = (tmp_path / name for name in ("source", "place", "work"))
    for path in (source, place, work):
        path.mkdir()
    (source / "file").write_text("kept")
    for path in (source, place, work, source / "file"):
        os.chown(path, 65534, 65534)
    for path in (tmp_path, *tmp_path.parents):
        if path.owner() == "root" and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o055)
    script = f"cat {place}/file; echo evil > {place}/file; id -u"
    lender = isolated("remit.system.confine.lend")[1:]
    argv = ["/usr/bin/python3", *lender, "overlay", str(source), str(place)]
    if not Path(argv[0]).exists():
        pytest.skip("no system Python that another user may run")
    done = subprocess.run(
        [*argv, str(work), "--", "/bin/sh", "-c", script],
        user=65534,
        group=65534,
        extra_groups=[],
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
    )
    if done.returncode == 125:
        pytest.skip(f"no unprivileged mounts here: {done.stderr.strip()}")
    assert done.stdout.split() == ["kept", "65534"] or done.stdout == "kept65534\n"
    assert (source / "file").read_text() == "kept"


def test_an_editable_install_is_led_to_the_worktree(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / "src" / "thing").mkdir(parents=True)
    (root / "src" / "thing" / "__init__.py").write_text("WHERE = 'the user'")
    made = [sys.executable, "-m", "venv", "--without-pip", "--symlinks", str(root / ".venv")]
    subprocess.run(made, check=True)
    site = next((root / ".venv").glob("lib/python*/site-packages"))
    (site / "_thing.pth").write_text(f"{root}/src\n")
    with open_workspace(tmp_path / "work") as workspace:
        (workspace.tree / "src" / "thing").mkdir(parents=True)
        (workspace.tree / "src" / "thing" / "__init__.py").write_text("WHERE = 'the run'")
        lent = lend_dependencies((".venv",), root, workspace, ENV)
        env = {"PATH": ":".join([*lent.path, ENV["PATH"]]), **lent.variables}
        script = "python -c 'import sys, thing; print(thing.WHERE, sys.prefix)'"
        argv = [*lent.prefix, "/bin/sh", "-c", script]
        finished = run_bounded(argv, cwd=workspace.tree, env=env, deadline_s=20)
        assert finished.output.decode().split() == ["the", "run", str(workspace.tree / ".venv")]
    assert "editable install led to the worktree by PYTHONPATH: src" in lent.notes


def test_a_pipe_among_the_pointers_of_an_environment_does_not_hang(tmp_path: Path) -> None:
    root = tmp_path / "project"
    site = root / ".venv" / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    os.mkfifo(site / "x.pth")
    finished, _ = _try(root, tmp_path / "work", (".venv",), "echo ran")
    assert finished.output == b"ran\n"
