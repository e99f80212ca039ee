"""A change stays hidden from git and is seen nevertheless; each beside its honest twin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from remit.model.ids import RunId
from remit.model.tree import Change, Standing
from remit.testing.trees import TreeBed

OUT = Standing.OUT_OF_SCOPE
RUN = RunId("261122-abcdefgh")


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[TreeBed]:
    with TreeBed(tmp_path) as bed:
        yield bed


def hide_by_gitignore(bed: TreeBed) -> None:
    (bed.root / ".gitignore").write_text("*\n")


def hide_by_nested_gitignore(bed: TreeBed) -> None:
    bed.write("lib/.gitignore", "*\n")


def hide_by_exclude(bed: TreeBed) -> None:
    (bed.root / ".git/info/exclude").write_text("*\n")


def hide_by_excludes_file(bed: TreeBed) -> None:
    place = bed.folder / "ignore-all"
    place.write_text("*\n")
    bed.git("config", "core.excludesFile", str(place))


@pytest.mark.parametrize(
    "hide", [hide_by_gitignore, hide_by_nested_gitignore, hide_by_exclude, hide_by_excludes_file]
)
@pytest.mark.parametrize("when", ["before", "during"])
def test_a_file_hidden_by_ignore_rules_is_seen(
    bed: TreeBed, hide: Callable[[TreeBed], None], when: str
) -> None:
    if when == "before":
        hide(bed)
    bed.start()
    if when == "during":
        hide(bed)
    bed.write("lib/evil.py", "import os\n")
    assert bed.git("status", "--porcelain", "lib/evil.py") == ""
    assert bed.seen()["lib/evil.py"] == (Change.ADDED, OUT)


def test_ignore_rules_changed_in_the_run_make_no_artifact(bed: TreeBed) -> None:
    bed.write("build.txt", "")
    bed.start()
    (bed.root / ".gitignore").write_text("*\n")
    bed.write("lib/__pycache__/real.txt", "kept out by the old rules\n")
    bed.write("other/build", "a file, which the pattern 'build/' did not ignore\n")
    seen = bed.seen()
    assert seen["lib/__pycache__/real.txt"][1] is Standing.ARTIFACT
    assert seen["other/build"] == (Change.ADDED, OUT)
    assert seen[".gitignore"] == (Change.MODIFIED, OUT)


def test_a_rule_added_in_the_run_keeps_nothing_out_of_the_commit(bed: TreeBed) -> None:
    comparison = bed.start()
    bed.write("src/.gitignore", "*\n")
    bed.write("src/evil.py", "import os\n")
    comparison.compare()
    made = bed.make_commit(RUN)
    assert made.files == ("src/.gitignore", "src/evil.py")


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_an_index_flag_hides_nothing(bed: TreeBed, flag: str) -> None:
    bed.git("update-index", flag, "README.md")
    bed.start()
    bed.write("README.md", "Changed.\n")
    assert bed.git("status", "--porcelain") == ""
    assert bed.seen()["README.md"] == (Change.MODIFIED, OUT)


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_an_index_flag_does_not_hide_what_was_dirty_before(bed: TreeBed, flag: str) -> None:
    bed.git("update-index", flag, "README.md")
    bed.write("README.md", "Changed.\n")
    bed.start()
    assert bed.snapshot.dirty == ("README.md",)


def test_a_nested_repository_hides_nothing(bed: TreeBed) -> None:
    bed.write("vendored/old.py", "1\n")
    bed.start()
    bed.git("init", "-q", "vendored")
    bed.write("vendored/evil.py", "1\n")
    bed.write("vendored/.git/hooks/post-checkout", "#!/bin/sh\n")
    seen = bed.seen()
    assert seen["vendored/evil.py"] == (Change.ADDED, OUT)
    assert seen["vendored/.git/hooks/post-checkout"] == (Change.ADDED, OUT)
    assert seen["vendored/.git/config"] == (Change.ADDED, OUT)


def test_a_git_directory_is_never_in_scope(tmp_path: Path) -> None:
    from remit.model.contract import Scope

    with TreeBed(tmp_path, scope=Scope(("**",))) as bed:
        bed.start()
        bed.write(".git/hooks/pre-commit", "#!/bin/sh\n")
        bed.write("sub/.git/config", "[core]\n")
        seen = bed.seen()
        assert seen[".git/hooks/pre-commit"] == (Change.ADDED, OUT)
        assert seen["sub/.git/config"] == (Change.ADDED, OUT)


def test_a_file_in_an_ignored_folder_is_seen(bed: TreeBed) -> None:
    bed.write("node_modules/left-pad/index.js", "module.exports = 1\n")
    bed.write("logs/old.log", "1\n")
    bed.start()
    assert bed.snapshot.event.stat_only == ("node_modules",)
    bed.write("node_modules/left-pad/index.js", "module.exports = 2\n")
    bed.write("logs/old.log", "2\n")
    seen = bed.seen()
    assert seen["node_modules/left-pad/index.js"] == (Change.MODIFIED, OUT)
    assert seen["logs/old.log"] == (Change.MODIFIED, OUT)


def test_a_dependency_directory_keeps_no_secret_of_its_time(bed: TreeBed) -> None:
    """A file there is rewritten with the same size and its old time stamp."""
    import os

    path = bed.write("node_modules/left-pad/index.js", "module.exports = 1\n")
    bed.start()
    before = path.stat()
    path.write_text("module.exports = 6\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert bed.seen_fully()["node_modules/left-pad/index.js"] == (Change.MODIFIED, OUT)


# twins


def test_twin_an_edit_in_scope_is_no_crossing(bed: TreeBed) -> None:
    bed.start()
    bed.write("src/app.py", "print('bye')\n")
    bed.write("src/new/deep.py", "1\n")
    seen = bed.seen()
    assert seen == {
        "src/app.py": (Change.MODIFIED, Standing.IN_SCOPE),
        "src/new/deep.py": (Change.ADDED, Standing.IN_SCOPE),
    }


def test_twin_a_cache_written_in_passing_is_an_artifact(bed: TreeBed) -> None:
    bed.start()
    bed.write("tests/__pycache__/test_app.pyc", "x")
    assert bed.seen() == {
        "tests/__pycache__/test_app.pyc": (Change.ADDED, Standing.ARTIFACT),
    }


def test_twin_a_tracked_file_in_an_artifact_place_is_no_artifact(bed: TreeBed) -> None:
    bed.write("build/kept.txt", "1\n")
    bed.git("add", "-f", "build/kept.txt")
    bed.commit("Keep a build file")
    bed.start()
    bed.write("build/kept.txt", "2\n")
    assert bed.seen()["build/kept.txt"] == (Change.MODIFIED, OUT)


def test_twin_reading_commands_of_git_change_nothing(bed: TreeBed) -> None:
    bed.start()
    (bed.root / "README.md").touch()
    for words in (["status"], ["diff"], ["log", "--oneline"], ["branch", "-a"]):
        bed.git(*words)
    assert bed.seen() == {}
    assert bed.seen_fully() == {}
