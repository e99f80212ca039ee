"""A snapshot holds what stood there, whoever read it, and is not read twice."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

from remit.model.digest import Digest, digest_of
from remit.services.snapshot import APART_FROM, load, take
from remit.testing.trees import TreeBed

MANY = APART_FROM + 100


def test_a_large_tree_is_read_in_shares_and_comes_out_whole(tmp_path: Path) -> None:
    files = {f"d{number % 50}/f{number}.txt": f"{number % 900}\n" for number in range(MANY)}
    with TreeBed(tmp_path, files={**files, ".gitignore": "*.log\n"}) as bed:
        bed.write("d1/.env", "TOKEN=1")
        bed.write("d1/same.log", "7\n")
        snapshot = take(bed.source())
        nodes = snapshot.manifest.nodes
        for path, text in files.items():
            assert nodes[path].digest == digest_of(text.encode()), path
            assert bed.store.read(Digest(nodes[path].digest)) == text.encode()
        assert nodes["d1/.env"].digest not in bed.store
        assert snapshot.event.digest_only == ("d1/.env",)
        assert snapshot.dirty == ("d1/.env",)
        assert snapshot.manifest.ignored == {"d1/same.log"}


def test_git_agrees_about_every_blob(tmp_path: Path) -> None:
    with TreeBed(tmp_path, object_format="sha256") as bed:
        snapshot = take(bed.source())
        for line in bed.git("ls-files", "-s").splitlines():
            mode, blob, rest = line.split(" ", 2)
            node = snapshot.manifest.nodes[rest.split("\t")[1]]
            assert (node.blob, f"{node.mode:o}") == (blob, mode)


def test_what_is_unchanged_is_taken_from_the_last_snapshot(tmp_path: Path) -> None:
    with TreeBed(tmp_path) as bed:
        first = take(bed.source())
        (bed.root / "src/app.py").write_text("print('other')\n")
        second = take(bed.source())
        assert second.dirty == ("src/app.py",)
        kept = second.manifest.nodes
        for path, node in first.manifest.nodes.items():
            if path != "src/app.py" and not stat.S_ISDIR(node.mode):
                assert kept[path].digest == node.digest


def test_the_manifest_is_private_and_reads_back_as_it_was(tmp_path: Path) -> None:
    with TreeBed(tmp_path) as bed:
        (bed.root / "odd\udce9\n").write_text("1\n")
        snapshot = take(bed.source())
        place = tmp_path / "run" / "snapshot"
        assert load(place) == snapshot.manifest
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
        assert snapshot.event.digest == digest_of(place.read_bytes())


def test_the_blob_id_of_a_link_is_that_of_its_target(tmp_path: Path) -> None:
    with TreeBed(tmp_path) as bed:
        (bed.root / "link").symlink_to("src/app.py")
        node = take(bed.source()).manifest.nodes["link"]
        expected = hashlib.sha1(b"blob 10\x00src/app.py", usedforsecurity=False).hexdigest()
        assert node.blob == expected
