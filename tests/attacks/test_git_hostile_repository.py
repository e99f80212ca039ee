"""A repository that runs a program at any git call: none of ours starts one.

Every trap is proven to be one: the user's own git, driven into it, leaves the marker.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from remit.errors import RemitError
from remit.model.ids import RunId
from remit.testing.trees import TreeBed

RUN = RunId("261122-abcdefgh")


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[TreeBed]:
    with TreeBed(tmp_path) as bed:
        yield bed


class Trap:
    """A program that leaves a marker when it runs."""

    def __init__(self, bed: TreeBed) -> None:
        self.bed = bed
        self.marker = bed.folder / "marker"
        self.program = bed.folder / "trap"
        self.program.write_text(f"#!/bin/sh\n: > {self.marker}\nexit 0\n")
        self.program.chmod(0o755)

    def config(self, *pairs: tuple[str, str]) -> None:
        for name, value in pairs:
            self.bed.git("config", name, value)

    def attributes(self, line: str) -> None:
        self.bed.write(".gitattributes", line + "\n")
        (self.bed.root / ".git/info/attributes").write_text(line + "\n")

    def hook(self, name: str) -> None:
        hook = self.bed.root / ".git/hooks" / name
        hook.write_text(f"#!/bin/sh\n: > {self.marker}\nexit 0\n")
        hook.chmod(0o755)

    def springs(self, *words: str) -> bool:
        """Whether the user's own git runs into the trap."""
        self.marker.unlink(missing_ok=True)
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words],
            cwd=self.bed.root,
            stdin=subprocess.DEVNULL,
            timeout=30,
            capture_output=True,
            env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": str(self.bed.folder)},
        )
        sprung = self.marker.exists()
        self.marker.unlink(missing_ok=True)
        return sprung


def fsmonitor(trap: Trap) -> list[str]:
    trap.config(("core.fsmonitor", str(trap.program)))
    return ["status"]


def hooks_path(trap: Trap) -> list[str]:
    folder = trap.bed.folder / "hooks"
    folder.mkdir()
    for name in ("post-index-change", "reference-transaction", "post-checkout", "pre-commit"):
        (folder / name).symlink_to(trap.program)
    trap.config(("core.hooksPath", str(folder)))
    return ["update-ref", "refs/heads/tried", "HEAD"]


def reference_hook(trap: Trap) -> list[str]:
    trap.hook("reference-transaction")
    return ["update-ref", "refs/heads/tried", "HEAD"]


def index_hook(trap: Trap) -> list[str]:
    trap.hook("post-index-change")
    return ["reset", "-q"]


def clean_filter(trap: Trap) -> list[str]:
    trap.attributes("* filter=evil")
    trap.config(("filter.evil.clean", str(trap.program)))
    return ["add", "-n", "--renormalize", "."]


def smudge_filter(trap: Trap) -> list[str]:
    trap.attributes("* filter=evil")
    trap.config(("filter.evil.smudge", str(trap.program)), ("filter.evil.required", "true"))
    (trap.bed.root / "README.md").unlink()
    return ["checkout-index", "-f", "README.md"]


def process_filter(trap: Trap) -> list[str]:
    trap.attributes("* filter=evil")
    trap.config(("filter.evil.process", str(trap.program)))
    return ["add", "-n", "--renormalize", "."]


def external_diff(trap: Trap) -> list[str]:
    trap.config(("diff.external", str(trap.program)))
    trap.bed.write("README.md", "Changed.\n")
    return ["diff"]


def textconv(trap: Trap) -> list[str]:
    trap.attributes("* diff=evil")
    trap.config(("diff.evil.textconv", str(trap.program)))
    trap.bed.write("README.md", "Changed.\n")
    return ["diff"]


def included(trap: Trap) -> list[str]:
    other = trap.bed.folder / "included"
    other.write_text(f"[core]\n\tfsmonitor = {trap.program}\n")
    trap.config(("include.path", str(other)))
    return ["status"]


def signing(trap: Trap) -> list[str]:
    trap.config(("commit.gpgSign", "true"), ("gpg.program", str(trap.program)))
    return ["commit", "--allow-empty", "-m", "signed"]


def promisor(trap: Trap) -> list[str]:
    trap.config(
        ("remote.origin.url", f"ext::{trap.program} %S"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.partialclonefilter", "blob:none"),
        ("extensions.partialClone", "origin"),
        ("protocol.ext.allow", "always"),
    )
    (trap.bed.root / ".git/config").write_text(
        (trap.bed.root / ".git/config").read_text().replace("version = 0", "version = 1")
    )
    return ["cat-file", "blob", "1" * 40]


def ssh_command(trap: Trap) -> list[str]:
    trap.config(
        ("core.sshCommand", str(trap.program)), ("remote.origin.url", "ssh://h.example.org/x")
    )
    return ["fetch"]


def pager(trap: Trap) -> list[str]:
    trap.config(("core.pager", str(trap.program)), ("pager.log", "true"))
    return ["--paginate", "log"]


SURE = [fsmonitor, hooks_path, reference_hook, index_hook, clean_filter, smudge_filter]
SURE += [process_filter, external_diff, textconv, included, signing, promisor, ssh_command]
SET = Callable[[Trap], list[str]]


def whole_path(bed: TreeBed) -> None:
    """Every git call of ours: open, snapshot, compare, read, commit, export, restore."""
    comparison = bed.start()
    bed.write("src/app.py", "print('bye')\n")
    bed.write("lib/out.py", "1\n")
    bed.write("__pycache__/x.pyc", "1\n")
    comparison.compare()
    comparison.compare_full()
    made = bed.make_commit(RUN)
    repository = bed.open()
    repository.diff(made.base, made.commit)
    repository.diff_text(made.base, made.commit, 100_000)
    repository.list_files(made.commit)
    repository.resolve(f"remit/{RUN}")
    repository.merge_base(made.base, made.commit)
    assert repository.read_file(made.commit, "src/app.py") == b"print('bye')\n"
    assert not repository.commit_exists("1" * 40)
    repository.export_tree(made.commit, bed.folder / "export")
    assert (bed.folder / "export/src/app.py").read_bytes() == b"print('bye')\n"
    bed.restorer().restore(["lib/out.py"])


@pytest.mark.parametrize("set_trap", SURE)
def test_no_call_of_ours_runs_a_program_of_the_repository(bed: TreeBed, set_trap: SET) -> None:
    trap = Trap(bed)
    assert trap.springs(*set_trap(trap)), "the trap itself does not work"
    whole_path(bed)
    assert not trap.marker.exists()


def test_a_pager_an_alias_and_an_editor_stay_unused(bed: TreeBed) -> None:
    trap = Trap(bed)
    program = str(trap.program)
    pager(trap)
    trap.config(*((f"alias.{name}", f"!{program}") for name in ("ls-tree", "cat-file")))
    trap.config(("core.editor", program), ("credential.helper", program))
    trap.config(("uploadpack.packObjectsHook", program), ("gc.auto", "1"))
    whole_path(bed)
    assert not trap.marker.exists()


def test_inherited_variables_reach_no_git_of_ours(
    bed: TreeBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = Trap(bed)
    for name in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_EDITOR"):
        monkeypatch.setenv(name, str(trap.program))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(trap.program))
    repository = bed.open()
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, "/nowhere")
    assert len(repository.list_files(repository.head)) == 3
    assert bed.open().head == repository.head
    assert not trap.marker.exists()


def test_a_submodule_with_a_configuration_of_its_own_runs_nothing(bed: TreeBed) -> None:
    trap = Trap(bed)
    bed.git("init", "-q", "sub")
    bed.write("sub/file", "1\n")
    inside = ("-C", "sub")
    bed.git(*inside, "add", ".")
    bed.git(*inside, "commit", "-qm", "Sub")
    bed.git("add", "sub")
    bed.git("commit", "-qm", "Add a submodule")
    bed.git(*inside, "config", "core.fsmonitor", str(trap.program))
    bed.write("sub/file", "2\n")
    assert trap.springs("status")
    whole_path(bed)
    assert not trap.marker.exists()


@pytest.mark.parametrize("name", ["config", "HEAD", "packed-refs", "info/exclude", "shallow"])
def test_a_pipe_in_place_of_a_git_file_does_not_hang_us(bed: TreeBed, name: str) -> None:
    place = bed.root / ".git" / name
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    try:
        bed.start()
    except RemitError:
        assert name == "HEAD"


def test_an_included_pipe_does_not_hang_us(bed: TreeBed) -> None:
    os.mkfifo(bed.folder / "pipe")
    bed.git("config", "include.path", str(bed.folder / "pipe"))
    assert bed.open().remote == "tree"


def test_a_redirected_work_tree_leads_nowhere(bed: TreeBed) -> None:
    bed.git("config", "core.worktree", "/")
    assert bed.open().root == bed.root
    bed.start()
    assert "src/app.py" in bed.snapshot.manifest.nodes


def test_a_linked_ref_folder_is_not_written_through(bed: TreeBed) -> None:
    outside = bed.folder / "outside"
    outside.mkdir()
    bed.start()
    (bed.root / ".git/refs/heads/remit").symlink_to(outside)
    with pytest.raises(RemitError, match="not a plain directory"):
        bed.make_commit(RUN)
    assert list(outside.iterdir()) == []


def test_twin_a_plain_repository_passes_all_of_it(bed: TreeBed) -> None:
    whole_path(bed)
    assert bed.git("status", "--porcelain") == " M src/app.py\n"
