"""Who git says the user is, from the strongest file that says it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from remit.system.git import open_repository
from remit.system.git_user import git_user


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path / "repository"
    subprocess.run(["git", "init", "-q", str(place)], check=True)
    return place


def who(root: Path, **environ: str) -> str | None:
    home = root.parent / "home"
    return git_user(
        open_repository(root, lambda key: root.parent / "state" / key),
        {"HOME": str(home), "GIT_CONFIG_GLOBAL": str(home / "gitconfig"), **environ},
    )


def settle(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    with file.open("a") as config:
        config.write(text)


def test_each_half_comes_from_the_strongest_file_that_holds_it(root: Path) -> None:
    settle(root.parent / "home" / "gitconfig", "[user]\nname = Ada\nemail = ada@example.org\n")
    assert who(root) == "Ada <ada@example.org>"
    settle(root / ".git" / "config", '[user]\n\temail = work@example.org\n[user "x"]\nname = No\n')
    assert who(root) == "Ada <work@example.org>"
    assert who(root, GIT_AUTHOR_NAME="Eva") == "Eva <work@example.org>"


def test_the_last_of_several_values_counts_and_its_lines_become_one(root: Path) -> None:
    settle(root / ".git" / "config", '[user]\nname = First\nname = "Ada\\n  Byron"\n')
    settle(root / ".git" / "config", "[user]\nemail = a@b.c\n")
    assert who(root) == "Ada Byron <a@b.c>"
