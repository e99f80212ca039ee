"""Artifact folders are made for a run, and taken away again where nobody used them."""

from __future__ import annotations

from pathlib import Path

from remit.services.enclosure import artifact_places


def test_an_unused_folder_is_gone_afterwards_and_a_used_one_stays(tmp_path: Path) -> None:
    with artifact_places(tmp_path, ("build/", "dist/")) as places:
        assert places == (str(tmp_path / "build"), str(tmp_path / "dist"))
        (tmp_path / "dist" / "made").write_text("x")
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


def test_an_empty_folder_elsewhere_is_not_removed_through_a_planted_link(tmp_path: Path) -> None:
    root, home = tmp_path / "root", tmp_path / "home"
    (root / "src" / "x").mkdir(parents=True)
    (home / "dist").mkdir(parents=True)
    with artifact_places(root, ("src/x/dist/",)):
        (root / "src" / "x").rename(root / "src" / "y")
        (root / "src" / "x").symlink_to(home)
    assert (home / "dist").is_dir()


def test_a_dangling_link_at_its_place_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "dist").symlink_to(tmp_path / "nowhere")
    with artifact_places(tmp_path, ("dist/",)) as places:
        assert places == ()
    assert (tmp_path / "dist").is_symlink()
