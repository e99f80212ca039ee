"""Kinds of task and what their contracts start from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from remit.model.contract import Shows


class Template(StrEnum):
    BUG = "bug"
    UPGRADE = "upgrade"
    MIGRATION = "migration"
    FEATURE = "feature"
    DOCS = "docs"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a template puts into a draft: ``keep`` and ``exclude`` lines, what its check shows."""

    shows: Shows
    keep: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


KINDS: Final = {
    Template.BUG: Kind(Shows.RED_THEN_GREEN),
    Template.UPGRADE: Kind(Shows.GREEN, keep=("behaviour of our own code",)),
    Template.MIGRATION: Kind(Shows.GREEN, exclude=("run the migration outside a test database",)),
    Template.FEATURE: Kind(Shows.GREEN),
    Template.DOCS: Kind(Shows.GREEN, exclude=("change code",)),
}

_SIGNS: Final = (
    (Template.MIGRATION, r"\b(?:database|schema|data)\s+migrations?\b|\bmigrations?\b"),
    (Template.UPGRADE, r"\b(?:upgrade|bump|pin|update)\b.*(?:\bto\s+v?\d|\bdependenc|\bversion\b)"),
    (Template.UPGRADE, r"^\s*(?:upgrade|bump)\b"),
    (
        Template.BUG,
        r"\b(?:fix(?:es|ed)?|bug|failing|fails|broken|regression|crash(?:es)?|repair)\b",
    ),
    (Template.DOCS, r"\b(?:readme|docs|documentation|docstrings?|typos?|changelog|tutorial)\b"),
)


def template_of(goal: str) -> Template:
    """The kind of task the words of the goal tell; a feature where they tell none."""
    for template, sign in _SIGNS:
        if re.search(sign, goal, re.IGNORECASE):
            return template
    return Template.FEATURE
