"""A program is of no use without what it was installed with."""

from __future__ import annotations

from pathlib import Path

from remit.services.tool_places import programs_on


def test_the_rest_of_a_virtual_environment_is_shown_with_its_programs(tmp_path: Path) -> None:
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "venv/pyvenv.cfg").touch()
    (tmp_path / "node_modules/.bin").mkdir(parents=True)
    path = f"{tmp_path}/venv/bin:{tmp_path}/node_modules/.bin"
    assert f"{tmp_path}/venv" in programs_on(path)
    assert f"{tmp_path}/node_modules" in programs_on(path)


def test_what_lies_around_other_programs_is_not(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    assert programs_on(f"{tmp_path}/bin:relative:") == (f"{tmp_path}/bin",)
