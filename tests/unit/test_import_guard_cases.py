"""Rules of dcg and cc-safety-net as data: what becomes of each, and what the draft then holds."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from imported_rules import contract_of, decided

from remit.codec.dcg import parse_dcg
from remit.codec.safety_net import parse_safety_net
from remit.model.decision import Outcome
from remit.model.imports import Entry, Fate, Imported
from remit.services.explain import DEFAULT_CONTRACT
from remit.services.imports.dcg import DcgFile, import_dcg
from remit.services.imports.dcg_packs import FAMILIES
from remit.services.imports.safety_net import SafetyFile, import_safety_net

FOLDER = Path(__file__).parents[1] / "cases" / "import"


def cases(name: str) -> list[Any]:
    found = tomllib.loads((FOLDER / name).read_text())["case"]
    return [pytest.param(case, id=case["name"]) for case in found]


def dcg(text: str, name: str = ".dcg.toml") -> Imported:
    return import_dcg([DcgFile(name, parse_dcg(text.encode(), name))])


def safety_net(rules: list[dict[str, Any]]) -> Imported:
    named = [{"name": f"rule-{at}", "reason": "ours"} | rule for at, rule in enumerate(rules)]
    data = json.dumps({"version": 1, "rules": named}).encode()
    return import_safety_net([SafetyFile("s.json", parse_safety_net(data, "s.json"))])


def check(case: dict[str, Any], entry: Entry, imported: Imported) -> None:
    assert entry.fate == case["fate"]
    assert case.get("why", "") in entry.why
    assert [f"{line.key} {line.item}" for line in entry.lines] == case["lines"]
    contract = contract_of(imported)
    through = [call for call in case.get("held", ()) if not decided(call, contract).decision.held]
    stuck = [call for call in case.get("runs", ()) if decided(call, contract).decision.held]
    assert (through, stuck) == ([], [])


@pytest.mark.parametrize("case", cases("safety-net.toml"))
def test_a_rule_of_safety_net_becomes_what_its_case_says(case: dict[str, Any]) -> None:
    imported = safety_net([json.loads(case["rule"])])
    check(case, imported.entries[0], imported)


@pytest.mark.parametrize("case", cases("dcg.toml"))
def test_a_setting_of_dcg_becomes_what_its_case_says(case: dict[str, Any]) -> None:
    imported = dcg(case.get("file", "") or case["allowlist"])
    entry = next(e for e in imported.entries if e.rule.text.text == case["setting"])
    check(case, entry, imported)


@pytest.mark.parametrize("case", [c for c in cases("dcg.toml") if "twin" in c.values[0]])
def test_its_twin_in_plainer_words_is_carried_over(case: dict[str, Any]) -> None:
    block = f"overrides.block = [{{ pattern = '{case['twin']}', reason = 'ours' }}]"
    assert dcg(block).entries[0].fate is Fate.CARRIED


@pytest.mark.parametrize("command", FAMILIES.values(), ids=FAMILIES)
def test_what_a_draft_says_of_a_pack_is_so(command: str) -> None:
    assert decided(command, DEFAULT_CONTRACT).decision.outcome is not Outcome.ALLOW


def test_a_rule_of_the_repository_takes_the_place_of_ones_own() -> None:
    def file(name: str, argument: str) -> SafetyFile:
        rule = {"name": "One", "command": "frob", "block_args": [argument], "reason": "ours"}
        data = json.dumps({"version": 1, "rules": [rule]}).encode()
        return SafetyFile(name, parse_safety_net(data, name))

    imported = import_safety_net([file(".safety-net.json", "a"), file("~/config.json", "b")])
    items = {line.item for entry in imported.entries for line in entry.lines}
    assert items == {"frob", "frob a"}
    assert "has its name" in imported.entries[1].why
