"""A run's work becomes commits; what belongs to the user stays as it was, byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from remit.errors import RemitError
from remit.model.events import CommitMade
from remit.model.ids import RunId
from remit.services.commit import subject_of
from remit.testing.trees import TreeBed

RUN = RunId("261122-abcdefgh")
NOW_US = 1_700_000_000_000_000


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[TreeBed]:
    with TreeBed(tmp_path) as bed:
        yield bed


def commit(bed: TreeBed, goal: str = "Fix the parser") -> CommitMade:
    bed.comparison.compare_full()
    return bed.make_commit(RUN, goal, NOW_US)


def theirs(bed: TreeBed) -> dict[str, str]:
    """Digests of everything in the git directory but objects and our own branch."""
    top = bed.root / ".git"
    files = (path for path in top.rglob("*") if path.is_file())
    return {
        str(path.relative_to(top)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if not str(path.relative_to(top)).startswith(("objects/", "refs/heads/remit"))
    }


def test_the_commit_stands_on_the_start_commit(bed: TreeBed) -> None:
    bed.start()
    bed.write("src/app.py", "print('bye')\n")
    (bed.root / "src/new.py").symlink_to("app.py")
    made = commit(bed)
    assert made.branch == f"remit/{RUN}"
    assert made.base == bed.git("rev-parse", "main").strip()
    assert bed.git("rev-parse", f"{made.branch}^", f"{made.branch}^{{tree}}").split() == [
        made.base,
        made.tree,
    ]
    assert bed.git("diff", "--name-status", made.base, made.commit).split() == [
        *("M", "src/app.py"),
        *("A", "src/new.py"),
    ]
    assert bed.git("fsck", "--strict") == ""


def test_author_time_and_trailer(bed: TreeBed) -> None:
    bed.start()
    made = commit(bed, "Fix\nthe \x1b[31mparser")
    form = "--format=%an <%ae> %at %cn%n%s%n%(trailers:key=Agent-Run,valueonly)"
    assert bed.git("log", "-1", form, made.commit).split("\n")[:3] == [
        "Remit <remit@localhost> 1700000000 Remit",
        "Fix the [31mparser",
        RUN,
    ]


def test_head_index_and_branch_of_the_user_stay(bed: TreeBed) -> None:
    bed.write("src/staged.py", "1\n")
    bed.git("add", "src/staged.py")
    bed.write("src/staged.py", "2\n")
    before = theirs(bed)
    bed.start()
    bed.write("src/app.py", "print('bye')\n")
    commit(bed)
    assert theirs(bed) == before


def test_uncommitted_work_gets_a_commit_of_its_own(bed: TreeBed) -> None:
    bed.write("README.md", "Mine.\n")
    bed.write("notes.txt", "Untracked.\n")
    bed.write("debug.log", "Ignored.\n")
    (bed.root / "src/app.py").chmod(0o755)
    bed.start()
    bed.write("src/app.py", "print('bye')\n")
    made = commit(bed)
    start = bed.git("rev-parse", "main").strip()
    assert made.base != start
    changed = bed.git("diff", "--name-only", start, made.base).split()
    assert changed == ["README.md", "notes.txt", "src/app.py"]
    assert bed.git("diff", "--name-only", made.base, made.commit).split() == ["src/app.py"]


def test_what_is_out_of_scope_is_in_the_commit_and_artifacts_are_not(bed: TreeBed) -> None:
    bed.start()
    bed.write("lib/out.py", "1\n")
    bed.write("src/__pycache__/app.pyc", "x")
    bed.write("src/trace.log", "x")
    assert commit(bed).files == ("lib/out.py",)


def test_an_ignored_but_tracked_file_is_in_the_commit(bed: TreeBed) -> None:
    bed.write("src/kept.log", "1\n")
    bed.git("add", "-f", "src/kept.log")
    bed.commit("Keep a log")
    bed.start()
    bed.write("src/kept.log", "2\n")
    assert commit(bed).files == ("src/kept.log",)


def test_a_directory_becomes_a_file_and_back(bed: TreeBed) -> None:
    bed.write("src/one/deep.py", "1\n")
    bed.write("src/two", "1\n")
    bed.commit("Both")
    bed.start()
    (bed.root / "src/one/deep.py").unlink()
    (bed.root / "src/one").rmdir()
    bed.write("src/one", "a file\n")
    (bed.root / "src/two").unlink()
    bed.write("src/two/deep.py", "2\n")
    made = commit(bed)
    listed = bed.git("ls-tree", "-r", "--name-only", made.commit, "src").split()
    assert listed == ["src/app.py", "src/one", "src/two/deep.py"]


def test_secrets_and_nested_repositories_are_left_out_of_the_commit(bed: TreeBed) -> None:
    bed.write("src/.env", "TOKEN=before")
    bed.write("nested/file", "1\n")
    bed.git("init", "-q", "nested")
    bed.start()
    bed.write("src/.env", "TOKEN=after")
    bed.write("src/sub/file", "1\n")
    bed.git("init", "-q", "src/sub")
    made = commit(bed)
    assert made.files == ()
    assert {"src/.env", "src/sub/file"} <= set(bed.comparison.reported)


def test_line_ends_and_encodings_stay_raw(bed: TreeBed) -> None:
    bed.git("config", "core.autocrlf", "true")
    bed.write(".gitattributes", "* text=auto eol=lf ident working-tree-encoding=UTF-16\n")
    bed.start()
    (bed.root / "src/app.py").write_bytes(b"a\r\n$Id$\r\n")
    made = commit(bed)
    assert bed.open().read_file(made.commit, "src/app.py") == b"a\r\n$Id$\r\n"
    bed.open().export_tree(made.commit, bed.folder / "out")
    assert (bed.folder / "out/src/app.py").read_bytes() == b"a\r\n$Id$\r\n"


def test_a_branch_of_that_name_is_not_overwritten(bed: TreeBed) -> None:
    bed.start()
    bed.git("branch", f"remit/{RUN}")
    with pytest.raises(RemitError, match="exists already"):
        commit(bed)


def test_a_branch_called_remit_is_in_the_way_and_said(bed: TreeBed) -> None:
    bed.start()
    bed.git("branch", "remit")
    with pytest.raises(RemitError, match="not a plain directory"):
        commit(bed)


def test_a_name_git_takes_for_its_own_is_left_out(bed: TreeBed) -> None:
    bed.start()
    bed.write("src/.GIT/hooks/pre-commit", "#!/bin/sh\n")
    bed.write("src/git~1/config", "x")
    bed.write("src/fine.py", "1\n")
    assert commit(bed).files == ("src/fine.py",)


@pytest.mark.parametrize("form", ["worktree", "sha256", "alternates", "packed", "detached"])
def test_other_forms_of_repository(tmp_path: Path, form: str) -> None:
    with TreeBed(tmp_path, object_format="sha256" if form == "sha256" else "sha1") as bed:
        shape(bed, form)
        bed.start()
        bed.write("src/app.py", "print('bye')\n")
        made = commit(bed)
        assert made.files == ("src/app.py",)
        assert bed.git("show", f"{made.commit}:src/app.py") == "print('bye')\n"
        assert bed.git("rev-parse", made.branch).strip() == made.commit


def shape(bed: TreeBed, form: str) -> None:
    if form == "packed":
        bed.git("gc", "-q")
    elif form == "detached":
        bed.git("checkout", "-q", "--detach")
    elif form == "worktree":
        bed.root.rename(bed.folder / "main")
        bed.root.mkdir()
        bed.git("-C", "../main", "worktree", "add", "-q", str(bed.root), "-b", "side")
    elif form == "alternates":
        bed.root.rename(bed.folder / "main")
        bed.root.mkdir()
        bed.git("clone", "-q", "--shared", "../main", ".")


def test_a_repository_without_a_commit_says_what_to_do(tmp_path: Path) -> None:
    with TreeBed(tmp_path) as bed:
        bed.git("update-ref", "-d", "HEAD")
        with pytest.raises(RemitError, match="no commit yet") as raised:
            bed.start()
        assert "git commit" in raised.value.remedy


def test_a_subject_is_one_short_printable_line() -> None:
    assert subject_of("a\n\tb\u202e c") == "a b c"
    assert subject_of("\x00") == "Work of an agent"
    assert len(subject_of("word " * 50)) == 72
