"""Names, kinds and sizes that trip a careless walk; each is seen, and none hangs us."""

from __future__ import annotations

import mmap
import os
import socket
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from remit.model.ids import RunId
from remit.model.tree import Change, NodeKind, Standing
from remit.services.snapshot import KEEP_LIMIT
from remit.testing.trees import TreeBed

OUT = Standing.OUT_OF_SCOPE
NAMES = [
    "new\nline",
    "-rf",
    ":(glob)star",
    "back\\slash",
    'quo"te',
    "x" * 255,
    "latin-\udce9",
    " ",
    "tab\t",
    "\x1b[31mred",
    "…",
]


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[TreeBed]:
    with TreeBed(tmp_path) as bed:
        yield bed


def place(bed: TreeBed, name: str) -> bytes:
    return os.fsencode(bed.root) + b"/lib/" + name.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("name", NAMES)
def test_an_odd_name_is_seen_committed_and_removed(bed: TreeBed, name: str) -> None:
    bed.write("lib/kept.py", "1\n")
    bed.start()
    Path(os.fsdecode(place(bed, name))).write_text("1\n")
    path = f"lib/{name}"
    assert bed.seen() == {path: (Change.ADDED, OUT)}
    made = bed.make_commit(RunId("261122-abcdefgh"))
    assert made.files == (path,)
    assert bed.open().read_file(made.commit, path) == b"1\n"
    bed.restorer().restore([path])
    assert os.listdir(place(bed, "")) == [b"kept.py"]


def test_two_spellings_of_one_letter_are_two_files(bed: TreeBed) -> None:
    composed = unicodedata.normalize("NFC", "é.py")
    apart = unicodedata.normalize("NFD", "é.py")
    bed.write(f"lib/{composed}", "1\n")
    bed.start()
    bed.write(f"lib/{apart}", "2\n")
    assert bed.seen() == {f"lib/{apart}": (Change.ADDED, OUT)}


def test_a_path_longer_than_the_kernel_takes_is_still_noticed(bed: TreeBed) -> None:
    bed.start()
    descriptor = os.open(bed.root, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=descriptor)
        deeper = os.open("d" * 250, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = deeper
    os.close(os.open("evil", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))
    os.close(descriptor)
    seen = bed.seen()
    assert len(seen) == 1
    assert next(iter(seen)).startswith("d" * 250)


def test_a_link_to_above_and_to_itself_is_not_followed(bed: TreeBed) -> None:
    bed.start()
    (bed.root / "up").symlink_to("..")
    (bed.root / "self").symlink_to("self")
    (bed.root / "outside").symlink_to("/etc")
    assert set(bed.seen()) == {"up", "self", "outside"}
    assert bed.seen_fully() == {}


def test_a_link_that_points_elsewhere_is_seen(bed: TreeBed) -> None:
    (bed.root / "link").symlink_to("README.md")
    bed.start()
    (bed.root / "link").unlink()
    (bed.root / "link").symlink_to("src/app.py")
    assert bed.seen()["link"] == (Change.MODIFIED, OUT)
    bed.restorer().restore(["link"])
    assert os.readlink(bed.root / "link") == "README.md"


def test_a_directory_swapped_for_a_link_is_seen_and_not_written_through(bed: TreeBed) -> None:
    outside = bed.folder / "outside"
    outside.mkdir()
    (outside / "kept.py").write_text("theirs\n")
    bed.write("lib/kept.py", "1\n")
    bed.start()
    (bed.root / "lib/kept.py").unlink()
    (bed.root / "lib").rmdir()
    (bed.root / "lib").symlink_to(outside)
    seen = bed.seen()
    assert seen == {"lib": (Change.KIND, OUT), "lib/kept.py": (Change.DELETED, OUT)}
    (refused,) = bed.restorer().restore(["lib/kept.py"])
    assert refused.action == "refuse"
    assert (outside / "kept.py").read_text() == "theirs\n"
    bed.restorer().restore(["lib", "lib/kept.py"])
    assert (bed.root / "lib/kept.py").read_text() == "1\n"
    assert (outside / "kept.py").read_text() == "theirs\n"
    assert set(bed.seen()) == {"lib", "lib/kept.py"}
    assert bed.comparison.reported == {}


def test_a_pipe_and_a_socket_are_seen_and_never_opened(bed: TreeBed) -> None:
    bed.start()
    os.mkfifo(bed.root / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        place = os.path.relpath(bed.root / "sock")
        listener.bind(place)
        assert set(bed.seen()) == {"pipe", "sock"}
    assert bed.comparison.nodes["pipe"].kind is NodeKind.OTHER


def test_a_file_swapped_for_a_pipe_is_seen(bed: TreeBed) -> None:
    bed.start()
    (bed.root / "README.md").unlink()
    os.mkfifo(bed.root / "README.md")
    assert bed.seen()["README.md"] == (Change.KIND, OUT)
    bed.restorer().restore(["README.md"])
    assert (bed.root / "README.md").read_text() == "A tree.\n"


def test_a_huge_sparse_file_costs_no_reading(bed: TreeBed) -> None:
    with (bed.root / "disk.img").open("wb") as stream:
        stream.truncate(1 << 40)
    bed.start()
    assert bed.snapshot.event.digest_only == ("disk.img",)
    with (bed.root / "disk.img").open("r+b") as stream:
        stream.seek(1 << 39)
        stream.write(b"x")
    assert bed.seen()["disk.img"] == (Change.MODIFIED, OUT)


def test_a_large_file_is_known_by_its_digest(bed: TreeBed) -> None:
    path = bed.root / "large.bin"
    with path.open("wb") as stream:
        stream.truncate(KEEP_LIMIT + 1)
    bed.start()
    path.touch()
    assert bed.seen() == {}
    with path.open("r+b") as stream:
        stream.write(b"x")
    assert bed.seen()["large.bin"] == (Change.MODIFIED, OUT)
    (step,) = bed.restorer().preview(["large.bin"])
    assert step.action == "refuse"
    assert "50 MB" in step.note


def test_a_secret_is_known_by_its_digest_alone(bed: TreeBed) -> None:
    content = "TOKEN=" + "abc" * 9
    bed.write(".env", content)
    bed.start()
    assert ".env" in bed.snapshot.event.digest_only
    stored = b"".join(path.read_bytes() for path in (bed.folder / "blobs").glob("segment-*"))
    assert content.encode() not in stored
    bed.write(".env", "TOKEN=other")
    assert bed.seen()[".env"] == (Change.MODIFIED, OUT)
    (step,) = bed.restorer().restore([".env"])
    assert step.action == "refuse"


def test_a_hard_link_written_from_outside_is_seen(bed: TreeBed) -> None:
    bed.write("lib/shared.py", "1\n")
    os.link(bed.root / "lib/shared.py", bed.folder / "other-name")
    bed.start()
    (bed.folder / "other-name").write_text("2\n")
    assert bed.seen()["lib/shared.py"] == (Change.MODIFIED, OUT)


def test_a_hard_link_keeps_its_other_name_when_restored(bed: TreeBed) -> None:
    bed.write("lib/one.py", "1\n")
    os.link(bed.root / "lib/one.py", bed.folder / "other-name")
    bed.start()
    (bed.folder / "other-name").write_text("2\n")
    bed.seen()
    bed.restorer().restore(["lib/one.py"])
    assert (bed.root / "lib/one.py").read_text() == "1\n"
    assert (bed.folder / "other-name").read_text() == "2\n"


def test_a_write_through_a_mapping_is_seen(bed: TreeBed) -> None:
    bed.write("lib/mapped.bin", "a" * 4096)
    bed.start()
    with (bed.root / "lib/mapped.bin").open("r+b") as stream:
        mapped = mmap.mmap(stream.fileno(), 0)
    mapped[0:1] = b"b"
    mapped.flush()
    assert bed.seen_fully()["lib/mapped.bin"] == (Change.MODIFIED, OUT)
    mapped.close()


def test_only_the_permissions_changed(bed: TreeBed) -> None:
    bed.write("lib/tool.sh", "#!/bin/sh\n").chmod(0o644)
    bed.start()
    (bed.root / "lib/tool.sh").chmod(0o4755)
    (bed.root / "lib").chmod(0o777)
    assert bed.seen() == {"lib": (Change.MODE, OUT), "lib/tool.sh": (Change.MODE, OUT)}
    bed.restorer().restore(["lib", "lib/tool.sh"])
    assert (bed.root / "lib/tool.sh").stat().st_mode & 0o7777 == 0o644


def test_an_empty_directory_comes_and_goes(bed: TreeBed) -> None:
    (bed.root / "empty").mkdir()
    bed.start()
    (bed.root / "empty").rmdir()
    (bed.root / "fresh/inner").mkdir(parents=True)
    assert bed.seen() == {"empty": (Change.DELETED, OUT), "fresh/inner": (Change.ADDED, OUT)}
    bed.restorer().restore(["empty", "fresh/inner"])
    assert (bed.root / "empty").is_dir()
    assert not (bed.root / "fresh").exists()


def test_a_case_only_rename_is_a_delete_and_an_add(bed: TreeBed) -> None:
    bed.start()
    (bed.root / "README.md").rename(bed.root / "Readme.md")
    assert bed.seen() == {"README.md": (Change.DELETED, OUT), "Readme.md": (Change.ADDED, OUT)}


def test_a_renamed_directory_is_followed_afterwards(bed: TreeBed) -> None:
    bed.write("lib/deep/one.py", "1\n")
    bed.start()
    (bed.root / "lib").rename(bed.root / "moved")
    seen = bed.seen()
    assert seen["lib/deep/one.py"] == (Change.DELETED, OUT)
    assert seen["moved/deep/one.py"] == (Change.ADDED, OUT)
    bed.write("moved/deep/two.py", "2\n")
    assert bed.seen() == {"moved/deep/two.py": (Change.ADDED, OUT)}


def test_the_same_size_and_an_old_time_stamp_hide_nothing(bed: TreeBed) -> None:
    path = bed.root / "README.md"
    bed.start()
    before = path.stat()
    path.write_text("B tree.\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert bed.seen()["README.md"] == (Change.MODIFIED, OUT)


def test_changes_within_one_tick_of_the_clock_are_all_seen(bed: TreeBed) -> None:
    bed.start()
    for turn in range(50):
        bed.write("README.md", f"{turn:05d}\n")
        assert bed.seen(), turn


def test_a_file_that_never_stands_still_ends_the_look(bed: TreeBed) -> None:
    path = bed.write("lib/busy.log.txt", "x")
    stop = threading.Event()

    def keep_writing() -> None:
        with path.open("ab") as stream:
            while not stop.is_set():
                stream.write(b"x" * 65536)
                stream.flush()
                if stream.tell() > 64 * 1024 * 1024:
                    stream.truncate(0)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        bed.start()
        bed.seen()
    finally:
        stop.set()
        writer.join()
    path.write_text("settled\n")
    assert "lib/busy.log.txt" in bed.seen()


UNREADABLE = """
import os, sys
from pathlib import Path
from remit.testing.trees import TreeBed
folder = Path(sys.argv[1])
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
with TreeBed(folder / "own") as bed:
    shut = bed.write("lib/shut.py", "1\\n"); shut.chmod(0)
    bed.write("cell/inside.py", "1\\n"); (bed.root / "cell").chmod(0)
    bed.write("open/inside.py", "1\\n")
    bed.start()
    assert set(bed.snapshot.event.digest_only) == {"lib/shut.py", "cell"}, bed.snapshot.event
    (bed.root / "open").chmod(0)
    seen = bed.seen()
    assert set(seen) == {"open"}, seen
    shut.chmod(0o644); shut.write_text("2\\n")
    assert set(bed.seen()) == {"lib/shut.py"}
    (step,) = bed.restorer().preview(["lib/shut.py"])
    assert step.action == "refuse" and "could not be read" in step.note, step
    (bed.root / "open").chmod(0o755); (bed.root / "cell").chmod(0o755)
    assert "open" in bed.seen()
print("held")
"""


def test_what_cannot_be_read_is_said_and_not_taken_for_gone(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    for parent in tmp_path.parents:
        if not parent.stat().st_mode & 0o001:  # somebody else must be able to come here
            parent.chmod(parent.stat().st_mode | 0o011)
    done = subprocess.run(
        [sys.executable, "-c", UNREADABLE, str(tmp_path)], capture_output=True, text=True
    )
    assert done.stdout == "held\n", done.stderr
