"""A whole draft for each source, as a person reads it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from remit.adapters.render.imports import account_line, draft_text
from remit.codec.policy_file import parse_policy
from remit.model.imports import Source
from remit.model.policy import PolicyLayer
from remit.services.imports.places import Look
from remit.services.imports.read import import_rules

FOLDER = Path(__file__).parent / "import"
SOURCES = {
    "claude": Source.CLAUDE_SETTINGS,
    "dcg": Source.DCG,
    "safety-net": Source.SAFETY_NET,
}


def drafted(name: str, tmp_path: Path) -> str:
    """The draft for a copy that lies in no repository: where ours lies is no part of it."""
    for path in sorted((FOLDER / name).rglob("*")):
        if path.is_file():
            copy = tmp_path / path.relative_to(FOLDER / name)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    imported = import_rules(SOURCES[name], Look(tmp_path, tmp_path, {"HOME": "/home/ada"}))
    return f"{draft_text(imported)}{account_line(imported)}\n"


@pytest.mark.parametrize("name", SOURCES)
def test_the_draft_is_as_it_was(name: str, tmp_path: Path) -> None:
    golden = FOLDER / f"{name}.txt"
    shown = drafted(name, tmp_path)
    if os.environ.get("REMIT_GOLDEN") == "write":
        golden.write_text(shown)
    assert shown == golden.read_text()


@pytest.mark.parametrize("name", SOURCES)
def test_the_draft_is_a_policy(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text().rpartition("]\n")[0] + "]\n"
    assert parse_policy(text, name, PolicyLayer.REPOSITORY).policy.never
