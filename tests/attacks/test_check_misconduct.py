"""Checks that misuse where they run: what they leave, what they look for, what they hold up."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from checked_project import Project
from remit.model.contract import Check
from remit.model.events import CheckRan, CheckState
from remit.services.workspace import open_workspace, remove_tree


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def _run(project: Project, command: str, time_s: int = 30, **evidence: object) -> CheckRan:
    start = project.commit({"file.txt": "text\n"})
    ran = project.before(Check("check", command, time_s=time_s), start, **evidence)
    assert list(project.work.iterdir()) == []
    return ran


def test_twin_an_honest_command(project: Project) -> None:
    ran = _run(project, "grep -q text file.txt && echo fine")
    assert (ran.state, ran.exit_code, ran.output_tail) == (CheckState.PASSED, 0, "fine\n")
    assert (ran.counts, ran.failing, ran.notes) == (None, (), ("ran unconfined",))


def test_twin_an_honest_failure(project: Project) -> None:
    ran = _run(project, "grep -q other file.txt")
    assert (ran.state, ran.exit_code) == (CheckState.FAILED, 1)


def test_a_daemon_left_behind_is_killed_and_told(project: Project) -> None:
    pid = project.place / "pid"
    ran = _run(project, f"setsid sh -c 'echo $$ > {pid}; sleep 300; :' & sleep 0.3; echo fine")
    assert ran.state is CheckState.PASSED
    assert any(note.startswith("killed ") and "left behind" in note for note in ran.notes)
    assert _is_gone(int(pid.read_text()))


def test_a_check_that_hangs_is_timed_out_with_all_it_started(project: Project) -> None:
    pid = project.place / "pid"
    ran = _run(project, f"echo started; setsid sleep 300 & echo $! > {pid}; sleep 300", time_s=1)
    assert ran.state is CheckState.TIMED_OUT
    assert ran.exit_code is None
    assert ran.output_tail == "started\n"
    assert _is_gone(int(pid.read_text()))


def test_keys_in_the_environment_are_not_there(project: Project) -> None:
    secret = "-".join(["not", "for", "checks"])
    names = ("ANTHROPIC_API_KEY", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "AWS_SECRET_ACCESS_KEY")
    project.environ.update(dict.fromkeys(names, secret))
    project.environ.update(HOME=str(project.place), DATABASE_URL="sqlite://", PYTHONPATH="/x")
    ran = _run(project, "env; ls -A ~", environment=("DATABASE_URL", "ANTHROPIC_API_KEY"))
    assert secret not in ran.output_tail
    set_names = {line.partition("=")[0] for line in ran.output_tail.splitlines() if "=" in line}
    expected = {"PATH", "HOME", "TMPDIR", "LANG", "PYTHONDONTWRITEBYTECODE", "DATABASE_URL"}
    assert set_names - {"PWD", "OLDPWD", "_", "SHLVL", "REMIT_MARK"} == expected
    assert "withheld from the check: ANTHROPIC_API_KEY" in ran.notes


def test_a_program_planted_in_the_repository_is_not_on_the_path(project: Project) -> None:
    planted = project.root / "bin"
    planted.mkdir()
    (planted / "grep").write_text("#!/bin/sh\nexit 0\n")
    (planted / "grep").chmod(0o755)
    project.environ["PATH"] = f"{planted}:{project.environ['PATH']}"
    assert _run(project, "grep -q other file.txt").state is CheckState.FAILED


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        ("no-such-runner --all", "no-such-runner"),
        ("sh no/such/script.sh", "no/such/script.sh"),
        ("python3 -m no_such_module", "no_such_module"),
        ("make no-such-target", "no-such-target"),
        ("python3 no_such_file.py", "no_such_file.py"),
    ],
)
def test_what_cannot_run_is_not_failed(project: Project, command: str, missing: str) -> None:
    ran = _run(project, command)
    assert ran.state is CheckState.CANNOT_RUN
    assert any(note.startswith("missing: ") and missing in note for note in ran.notes)


def test_a_failing_prepare_means_cannot_run(project: Project) -> None:
    ran = _run(project, "true", prepare="echo no network; exit 9")
    assert ran.state is CheckState.CANNOT_RUN
    assert ran.output_tail == "no network\n"
    assert any("prepare failed (exit 9)" in note for note in ran.notes)


def test_twin_a_prepare_that_works_comes_first(project: Project) -> None:
    ran = _run(project, "cat made.txt", prepare="echo made > made.txt")
    assert (ran.state, ran.output_tail) == (CheckState.PASSED, "made\n")


def test_directories_without_rights_are_removed(project: Project) -> None:
    ran = _run(project, "mkdir -p a/b/c && touch a/b/c/f && chmod 000 a/b/c a/b a")
    assert ran.state is CheckState.PASSED


def test_the_worktree_swapped_for_a_link_is_not_followed(project: Project, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "kept").mkdir(parents=True)
    here = "here=$(pwd) && cd / && rm -rf $here"
    ran = _run(project, f"{here} && ln -s {outside} $here && ln -s {outside} $HOME/link")
    assert ran.state is CheckState.PASSED
    assert (outside / "kept").is_dir()


def test_a_tree_deeper_than_any_path_is_removed(project: Project) -> None:
    script = "import os\nfor _ in range(3000):\n    os.mkdir('deep'); os.chdir('deep')\n"
    start = project.commit({"deep.py": script})
    ran = project.before(Check("check", "python3 deep.py"), start)
    assert ran.state is CheckState.PASSED
    assert list(project.work.iterdir()) == []


def test_a_flood_of_output_is_kept_in_part(project: Project) -> None:
    ran = _run(project, "head -c 50000000 /dev/zero | tr '\\0' 'a'; echo; echo end")
    assert ran.state is CheckState.PASSED
    assert ran.output_tail.endswith("a\nend\n")
    assert len(ran.output_tail) <= 4000
    assert any("kept in part" in note for note in ran.notes)


def test_removal_works_for_an_ordinary_user(tmp_path: Path) -> None:
    """Root may enter a directory without rights anyway; nobody else may."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    place = tmp_path / "place"
    (place / "a" / "b").mkdir(parents=True)
    (place / "a" / "b" / "f").write_text("x")
    for path in (place, place / "a", place / "a" / "b"):
        os.chown(path, 65534, 65534)
        path.chmod(0)
    tmp_path.chmod(0o777)
    child = os.fork()
    if child == 0:
        os.chdir(tmp_path)
        os.setuid(65534)
        try:
            remove_tree(Path("place"))
        except BaseException:
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not place.exists()


def test_a_workspace_is_private(tmp_path: Path) -> None:
    with open_workspace(tmp_path / "work") as workspace:
        for path in (workspace.root, workspace.tree, workspace.home, workspace.temporary):
            assert path.stat().st_mode & 0o077 == 0
        assert len(str(workspace.temporary)) < 60
        subprocess.run(["touch", str(workspace.temporary / "left")], check=True)
    assert not workspace.temporary.exists()


def _is_gone(pid: int) -> bool:
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in (b"Z", b"X"):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("name", ["LD_PRELOAD", "LD_LIBRARY_PATH", "GCONV_PATH"])
def test_a_library_of_the_repository_is_not_loaded_by_the_launcher(
    project: Project, name: str
) -> None:
    project.environ[name] = str(project.root / "build")
    ran = _run(project, "env", environment=(name,))
    assert f"{name}=" not in ran.output_tail
    assert f"withheld from the check: {name}" in ran.notes
