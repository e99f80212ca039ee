"""What is committed: no path of a machine, no address of an index, test files of one name each."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"

MACHINE = re.compile(
    r"(?<![\w.~$}-])/(?:work/(?:main|shared)|root/(?!x\b)|home/(?!user\b|me\b|ada\b|dev\b|someone\b|agent\b|u\b|x\b)"
    r"[a-z]+/|Users/[a-z]+/|tmp/bash_jobs|private/var/)"
)
PLACES_OF_OTHERS = ("tests/cases/", "tests/recorded/", "tests/golden/", "tests/attacks/")
"""Data there may name paths an agent could try."""
ADDRESSES = re.compile(r"index-url|find-links|trusted-host|://")


def committed() -> list[str]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode != 0:
        pytest.skip("left out: this is not a clone, so nothing says what is committed")
    return [name for name in listing.stdout.decode().split("\0") if name]


def text_of(name: str) -> str:
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
        return ""


def test_no_path_of_a_machine_is_committed() -> None:
    found = {
        f"{name}:{number}"
        for name in committed()
        if not name.startswith(PLACES_OF_OTHERS) and name != "tests/house/test_house_text.py"
        for number, line in enumerate(text_of(name).splitlines(), 1)
        if MACHINE.search(line)
    }
    assert found == set()


def test_lock_files_name_no_index() -> None:
    locks = [name for name in committed() if name.endswith(".lock")]
    found = [name for name in locks if ADDRESSES.search(text_of(name))]
    assert found == []


def test_no_committed_file_is_generated_rubbish() -> None:
    rubbish = re.compile(
        r"(^|/)(__pycache__|node_modules|\.DS_Store|\.venv)(/|$)|\.(pyc|orig|rej|sqlite3)$"
    )
    assert [name for name in committed() if rubbish.search(name)] == []


def test_test_files_have_names_of_their_own() -> None:
    """Without packages two files of one name hide each other."""
    names = Counter(file.name for file in TESTS.rglob("test_*.py"))
    assert {name for name, count in names.items() if count > 1} == set()
    assert list(TESTS.rglob("__init__.py")) == []


def test_tests_replace_nothing_of_ours() -> None:
    """A mock of our own code proves that the mock works."""
    found = set()
    for file in TESTS.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names]
                module = getattr(node, "module", None) or ""
                if (
                    module == "unittest.mock"
                    or "unittest.mock" in names
                    or (module == "unittest" and "mock" in names)
                ):
                    found.add(file.name)
    assert found == set()


def test_comments_give_reasons_instead_of_numbers() -> None:
    """Numbers of a plan say nothing to who does not hold the plan. Decisions of record (ADR) lie
    beside the code."""
    numbers = re.compile(r"\(R\d{1,3}\b|§|\bhabit \d|\b(?:architecture|requirements?) \d")
    found = {
        f"{name}:{number}"
        for name in committed()
        if name.startswith("src/")
        for number, line in enumerate(text_of(name).splitlines(), 1)
        if numbers.search(line)
    }
    assert found == set()
