"""The size of a change, counted as git counts it where that can be done quickly."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from remit.model.budget_events import PatchMeasured
from remit.model.digest import digest_of
from remit.model.tree import Change, PathChange, Standing
from remit.policy.patch_size import EXACT, MOST_BYTES, MOST_LINES, changed_lines
from remit.services.patch import Patch
from remit.storage.blobs import BlobStore


def numstat(before: bytes, after: bytes, tmp: Path) -> int:
    (tmp / "before").write_bytes(before)
    (tmp / "after").write_bytes(after)
    words = ["git", "diff", "--no-index", "--numstat", "--minimal", "before", "after"]
    shown = subprocess.run(words, cwd=tmp, capture_output=True, text=True).stdout.split()
    return sum(map(int, shown[:2])) if shown else 0


EDITS = {
    "added": (b"", b"a\nb\n"),
    "removed": (b"a\nb\nc", b""),
    "changed": (b"a\nb\nc\n", b"a\nx\nc\n"),
    "moved": (b"a\nb\nc\nd\n", b"d\na\nb\nc\n"),
    "end of the last line": (b"a\nb", b"a\nb\n"),
    "carriage returns": (b"a\r\nb\rc\n", b"a\nb\rc\n"),
    "nothing": (b"a\n", b"a\n"),
    "form feeds": (b"a\x0cb\nc\n", b"a\x0cb\nd\n"),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_counts_as_git_counts_it(name: str, tmp_path: Path) -> None:
    before, after = EDITS[name]
    assert changed_lines(before, after) == numstat(before, after, tmp_path)


def test_random_edits_count_as_git_counts_them(tmp_path: Path) -> None:
    dice = random.Random(6)
    for _ in range(30):
        lines = [b"%d\n" % dice.randrange(12) for _ in range(dice.randrange(40))]
        other = [line for line in lines if dice.random() > 0.2]
        other[dice.randrange(len(other) + 1) :] += [b"new\n", b"3\n"]
        before, after = b"".join(lines), b"".join(other)
        assert changed_lines(before, after) == numstat(before, after, tmp_path)


def test_a_change_too_large_to_compare_still_counts() -> None:
    many = [b"%d\n" % n for n in range(3 * EXACT)]
    assert changed_lines(b"".join(many), b"".join(many[::-1])) > EXACT
    fresh = b"".join(b"new %d\n" % n for n in range(3 * EXACT))
    assert changed_lines(b"".join(many), fresh) == 6 * EXACT
    long = [b"%d\n" % n for n in range(MOST_LINES)]
    assert changed_lines(b"".join(long), b"".join([*long[:9], b"x\n", *long[10:]])) == 2
    apart = [b"x\n", *long[1:-1], b"y\n"]
    assert changed_lines(b"".join(long), b"".join(apart)) == 2 * MOST_LINES
    huge = b"x\n" * MOST_BYTES
    assert changed_lines(b"", huge) == MOST_BYTES


def test_what_is_binary_counts_no_lines() -> None:
    assert changed_lines(b"", b"\0\n\n") == 0


class Kept:
    """Contents of one path, kept in a store of blobs as a run keeps them."""

    def __init__(self, tmp: Path) -> None:
        self.root = tmp / "tree"
        self.root.mkdir()
        self.store = BlobStore.open(tmp / "blobs")
        self.patch = Patch(bytes(self.root), self.store.peek)

    def put(self, path: str, before: bytes | None, after: bytes | None) -> PathChange:
        digests = [None if data is None else digest_of(data) for data in (before, after)]
        for digest, data in zip(digests, (before, after), strict=True):
            if digest is not None and data is not None:
                self.store.put(digest, data)
        kind = Change.ADDED if before is None else Change.DELETED if after is None else None
        return PathChange(path, kind or Change.MODIFIED, Standing.IN_SCOPE, *digests)


def test_the_size_is_that_of_the_whole_change(tmp_path: Path) -> None:
    one = Kept(tmp_path)
    with one.store:
        assert one.patch.take([one.put("a", None, b"1\n2\n")]) == PatchMeasured(2, 1, 0)
        assert one.patch.take([one.put("b", b"1\n", None)]) == PatchMeasured(3, 2, 0)
        assert one.patch.take([one.put("a", None, b"1\n")]) == PatchMeasured(2, 2, 0)
        assert one.patch.take([one.put("c", None, b"\0")]) == PatchMeasured(2, 3, 1)
        back = PathChange("a", Change.BACK, Standing.IN_SCOPE)
        assert one.patch.take([back]) == PatchMeasured(1, 2, 1)


def test_what_others_changed_and_artifacts_are_no_part_of_it(tmp_path: Path) -> None:
    one = Kept(tmp_path)
    with one.store:
        mine = one.put("a", None, b"1\n")
        others = [
            PathChange("o", Change.ADDED, Standing.OTHERS, None, mine.after),
            PathChange("p", Change.ADDED, Standing.ARTIFACT, None, mine.after),
        ]
        assert one.patch.take([mine, *others]) == PatchMeasured(1, 1, 0)


def test_a_file_too_large_to_be_kept_counts_its_lines(tmp_path: Path) -> None:
    one = Kept(tmp_path)
    with one.store:
        (one.root / "big").write_bytes(b"x\n" * 1000)
        unkept = PathChange("big", Change.ADDED, Standing.IN_SCOPE, None, digest_of(b"unkept"))
        assert one.patch.take([unkept]) == PatchMeasured(1000, 1, 0)
        (one.root / "big").unlink()
        (one.root / "big").symlink_to("/etc/passwd")
        assert one.patch.take([unkept]) == PatchMeasured(0, 1, 1)
