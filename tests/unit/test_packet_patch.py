"""Added lines of a patch, told apart from its headers whatever the content says."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from remit.codec.patch import added_text


def patch_of(tmp_path: Path, files: dict[bytes, bytes]) -> bytes:
    def git(*arguments: str) -> bytes:
        command = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.c"]
        return subprocess.run([*command, *arguments], check=True, capture_output=True).stdout

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "start")
    for name, content in files.items():
        path = bytes(tmp_path) + b"/" + name
        Path(path.decode("utf-8", "surrogateescape")).write_bytes(content)
    git("add", "-A")
    git("commit", "-q", "-m", "change")
    return git("diff-tree", "-r", "-p", "HEAD~1", "HEAD")


@pytest.mark.parametrize(
    "content",
    [
        b"plain\n",
        b"no end of line",
        b"++ b/other.py\n@@ -1,9 +1,9 @@\n--- a/x\n+++ b/y\n",
        b"diff --git a/x b/x\nindex 1..2\n\\ No newline at end of file\n",
        b"a\r\nb\x00c"[:4] + b"\n",
        b"\xff\xfe text\n",
        b"\n\n\n",
    ],
)
def test_content_never_passes_for_a_header(tmp_path: Path, content: bytes) -> None:
    files = {b"a.txt": content, b"b.txt": b"after\n"}
    found = {added.path: added.text for added in added_text(patch_of(tmp_path, files))}
    expected = content.decode("utf-8", "replace").removesuffix("\n")
    assert found == {"a.txt": expected, "b.txt": "after"}


def test_odd_names_come_through(tmp_path: Path) -> None:
    names = [b"a b.txt", "zażółć.txt".encode(), b'quo"te\\.txt', b"tab\tx.txt", b"\xff.txt"]
    patch = patch_of(tmp_path, dict.fromkeys(names, b"x\n"))
    found = {added.path.encode("utf-8", "surrogateescape") for added in added_text(patch)}
    assert found == set(names)


@pytest.mark.parametrize("patch", [b"", b"\n", b"@@ -1 +1", b"+++ ", b"@@ -1,9 +1,9 @@\n+cut"])
def test_a_patch_that_is_cut_off_never_fails(patch: bytes) -> None:
    list(added_text(patch))
