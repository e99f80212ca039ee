"""The pages hang together: short where promised, and no link leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
_LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]*)(#[^)\s]+)?\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Headings as GitHub spells them in an address."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target, anchor in _LINK.findall(_FENCE.sub("", page.read_text())):
        to = (page.parent / target).resolve() if target else page
        if not to.exists() or (anchor and anchor[1:] not in anchors(to)):
            broken.append(f"{target}{anchor}")
    assert broken == []


def test_every_page_is_reached_from_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    pages = [*ROOT.glob("docs/tutorial/*.md"), *ROOT.glob("docs/howto/*.md")]
    pages += [*ROOT.glob("docs/reference/*.md"), *ROOT.glob("docs/explanation/*.md")]
    assert [p.name for p in pages if f"({p.relative_to(ROOT / 'docs')})" not in index] == []


def test_the_readme_is_short_and_has_one_picture() -> None:
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) < 120
    assert len(re.findall(r"^```mermaid$|!\[", text, re.MULTILINE)) == 1


def test_there_are_four_kinds_of_pages() -> None:
    for kind in ("tutorial", "howto", "reference", "explanation"):
        assert list((ROOT / "docs" / kind).glob("*.md")), kind


def test_changelog_fragments_are_sentences_of_a_known_type() -> None:
    fragments = list((ROOT / "changelog.d").glob("+*.md"))
    names = re.compile(r"\+[a-z0-9-]+\.(feature|bugfix|removal|misc)\.md")
    assert [p.name for p in fragments if not names.fullmatch(p.name)] == []
    assert [p.name for p in fragments if not p.read_text().strip().endswith(".")] == []
