"""Rules of Claude Code as data: what becomes of each, and what the draft then lets run."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from imported_rules import HOME, ROOT, contract_of, decided

from remit.codec.claude_settings import parse_claude_settings
from remit.model.imports import Entry, Fate, Imported
from remit.services.imports.claude import ClaudeFile, import_claude
from remit.services.imports.paths import Anchors

FILE = Path(__file__).parents[1] / "cases" / "import" / "claude.toml"
CASES = tomllib.loads(FILE.read_text())["case"]
VERBS = ("deny", "ask", "allow")
ONCE = [pytest.param(case, id=case["name"]) for case in CASES]
TWINS = [pytest.param(case, id=case["name"]) for case in CASES if "twin" in case]


def imported(values: dict[str, Any]) -> Imported:
    data = json.dumps(values).encode()
    file = ".claude/settings.json"
    settings = parse_claude_settings(data, file)
    return import_claude([ClaudeFile(file, settings, Anchors(ROOT, HOME, ROOT))])


def settings_of(case: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(case.get("settings", "{}"))
    permissions = values.setdefault("permissions", {})
    permissions.update({verb: [case[verb]] for verb in VERBS if verb in case})
    return values


def entry_of(found: Imported, case: dict[str, Any]) -> Entry:
    named = ("setting", "rule", *VERBS)
    text = next(case[name] for name in named if name in case)
    return next(entry for entry in found.entries if entry.rule.text.text == text)


@pytest.mark.parametrize("case", ONCE)
def test_a_rule_becomes_what_its_case_says(case: dict[str, Any]) -> None:
    entry = entry_of(imported(settings_of(case)), case)
    assert entry.fate == case["fate"]
    assert case.get("why", "") in entry.why
    assert bool(entry.why) == (entry.fate is not Fate.CARRIED)
    if "lines" in case:
        assert [f"{line.key} {line.item}" for line in entry.lines] == case["lines"]


@pytest.mark.parametrize("case", ONCE)
def test_the_draft_holds_and_lets_run_what_its_case_says(case: dict[str, Any]) -> None:
    contract = contract_of(imported(settings_of(case)))
    through = [call for call in case.get("held", ()) if not decided(call, contract).decision.held]
    stuck = [call for call in case.get("runs", ()) if decided(call, contract).decision.held]
    assert (through, stuck) == ([], [])


@pytest.mark.parametrize("case", TWINS)
def test_its_twin_is_carried_over(case: dict[str, Any]) -> None:
    verb = next(verb for verb in VERBS if verb in case)
    found = imported({"permissions": {verb: [case["twin"]]}})
    entry = next(entry for entry in found.entries if entry.rule.text.text == case["twin"])
    assert entry.fate is Fate.CARRIED


def test_whatever_is_not_carried_over_as_it_stands_has_a_twin() -> None:
    bad = {"not carried over", "in part", "narrower"}
    missing = [
        case["name"]
        for case in CASES
        if case["fate"] in bad and any(verb in case for verb in VERBS) and "twin" not in case
    ]
    assert missing == []
