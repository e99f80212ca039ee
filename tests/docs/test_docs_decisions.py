"""Decision records, glossary and the words the documentation may not use."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
RECORDS = sorted((DOCS / "adr").glob("0*.md"))


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem[:4])
def test_a_record_weighs_options_in_a_few_pages(record: Path) -> None:
    text = record.read_text()
    assert 50 <= len(text.splitlines()) <= 120
    assert text.startswith(f"# {record.name[:4]}. ")
    assert "\nAccepted, " in text
    for heading in ("## Context", "## Options", "## Decision", "## Consequences"):
        assert heading in text
    assert len(re.findall(r"^\*\*[A-E]\. ", text, re.MULTILINE)) >= 3


def test_records_are_numbered_without_gaps_and_listed() -> None:
    assert [path.name[:4] for path in RECORDS] == [f"{n:04}" for n in range(1, len(RECORDS) + 1)]
    index = (DOCS / "adr" / "README.md").read_text()
    assert [path.name for path in RECORDS if f"({path.name})" not in index] == []


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    development = (ROOT / "requirements-dev.in").read_text().splitlines()
    wanted = [*project["project"]["dependencies"], *development]
    names = {re.split(r"[<>=\[; ]", line)[0] for line in wanted if re.match(r"[a-z]", line)}
    named = set(re.findall(r"`([a-z0-9-]+)`", (DOCS / "adr" / "0013-dependencies.md").read_text()))
    assert len(names) > 10
    assert names - named == set()


def test_records_cited_in_the_code_exist() -> None:
    known = {path.name[:4] for path in RECORDS}
    sources = [*(ROOT / "src").rglob("*.py"), *DOCS.rglob("*.md"), ROOT / "SECURITY.md"]
    cited = {
        (path.name, number)
        for path in sources
        for number in re.findall(r"ADR (\d{4})", path.read_text())
    }
    assert {item for item in cited if item[1] not in known} == set()


def test_the_glossary_is_in_order_and_says_each_word_once() -> None:
    words = re.findall(r"^\*\*(.+?)\.\*\*", (DOCS / "glossary.md").read_text(), re.MULTILINE)
    assert len(words) > 50
    assert words == sorted(set(words), key=str.casefold)


def test_nothing_is_called_what_it_is_not() -> None:
    """A chain on the owner's disk is neither (ADR 0002)."""
    boast = re.compile(r"tamper-?proof|immutable|unforgeable|bullet-?proof|guarantees? that", re.I)
    pages = [ROOT / "README.md", ROOT / "SECURITY.md", *DOCS.rglob("*.md")]
    found = {
        page.name
        for page in pages
        if not page.name.startswith("0002") and boast.search(page.read_text())
    }
    assert found == set()
