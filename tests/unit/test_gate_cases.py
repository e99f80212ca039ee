"""Every rule of the gate: the case it is for with its reasons, and its honest twin.

A case file is named after its rule (``RULE+MORE`` where one has several). It has ``[case]`` and
``[twin]``, each with the expected ``outcome`` and ``rules`` and the lines in which the question
differs from an honest, complete one.
"""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from remit.codec.contract import freeze
from remit.model.contract import Contract, Evidence, People, RiskClass, Rollback, Scope, Shows, Stop
from remit.model.deciding import DecidingRules
from remit.model.digest import digest_of
from remit.model.events import CheckPhase, CheckRan, CheckState, Ending, Layer, LayerState
from remit.model.grant import (
    END_OF_TASK,
    Established,
    Grant,
    Granter,
    GrantRequest,
    Item,
    ItemKind,
)
from remit.model.packet import Asked, CheckResult, Control, FileChange, LedgerProof, Packet
from remit.model.record import RunRecord
from remit.model.tree import Change, NodeKind
from remit.model.untrusted import Untrusted
from remit.policy.gate import ChangedFile, GateInput, GitFacts, Leak, LedgerStanding, judge
from remit.policy.gate.table import RULES
from remit.services.asked import asked as asked_of
from remit.services.packets import build
from remit.testing import builders

CASES = Path(__file__).parent.parent / "cases" / "gate"
FIXED = (ChangedFile("src/parser/core.py", Change.MODIFIED, added=3, removed=1),)


def honest(contract: Contract, files: tuple[ChangedFile, ...]) -> GateInput:
    """A question to which the answer is a pass without a single remark."""
    digest = freeze(contract)[1]
    facts = GitFacts(builders.COMMIT, builders.TREE, builders.BASE, on_base=True, files=files)
    happened = builders.honest_run(contract, digest)
    packet = build(
        builders.record(happened),
        facts=facts,
        proof=LedgerProof(len(happened), digest, intact=True),
        now_us=builders.START_US,
        version="0.1.0",
    )
    live = tuple(replace(layer, state=LayerState.LIVE) for layer in packet.layers)
    packet = replace(packet, layers=live, cost=replace(packet.cost, held=0))
    return GateInput(packet, LedgerStanding.RECORDED, digest, digest, facts)


def question(given: dict[str, Any]) -> GateInput:
    files = tuple(_file(line) for line in given.pop("files", [])) or FIXED
    asked = honest(_contract(given.pop("contract", {})), files)
    for name, lines in given.items():
        asked = CHANGES[name](asked, lines)
    return asked


def _contract(lines: dict[str, Any]) -> Contract:
    whole = builders.contract()
    tables = {"scope": Scope, "people": People, "rollback": Rollback, "stop": Stop}
    for key, value in lines.items():
        if key == "none":
            whole = replace(whole, evidence=Evidence(none=value))
        elif key == "shows":
            checks = tuple(replace(c, shows=Shows(value)) for c in whole.evidence.checks)
            whole = replace(whole, evidence=Evidence(checks=checks))
        elif key in tables:
            table = {name: tuple(v) if isinstance(v, list) else v for name, v in value.items()}
            whole = replace(whole, **{key: replace(getattr(whole, key), **table)})
        else:
            whole = replace(whole, **{key: value})
    return whole


def _file(line: dict[str, Any]) -> ChangedFile:
    kinds = {key: NodeKind(line.pop(key)) for key in ("kind", "before") if key in line}
    if line.pop("binary", False):
        line |= {"added": None, "removed": None}
    return ChangedFile(change=Change(line.pop("change", "modified")), **kinds, **line)


def _ledger(asked: GateInput, standing: str) -> GateInput:
    return replace(asked, ledger=LedgerStanding(standing))


def _git(asked: GateInput, lines: dict[str, Any]) -> GateInput:
    if lines.pop("missing", False):
        return replace(asked, git=None)
    leaks = tuple(Leak(**leak) for leak in lines.pop("leaks", []))
    assert asked.git
    return replace(asked, git=replace(asked.git, leaks=leaks, **lines))


def _frozen(asked: GateInput, text: str) -> GateInput:
    return replace(asked, frozen_digest=digest_of(text.encode()))


def _packet(asked: GateInput, lines: dict[str, Any]) -> GateInput:
    packet = asked.packet
    enums = {"ending": Ending, "control": Control, "risk": RiskClass}
    for key, value in lines.items():
        packet = _packet_line(packet, key, enums[key](value) if key in enums else value)
    return replace(asked, packet=packet)


def _packet_line(packet: Packet, key: str, value: Any) -> Packet:
    match key:
        case "files":
            template = FileChange(Untrusted(""), "modified", 1, 0, "in-scope", False, "")
            files = tuple(replace(template, path=Untrusted(path)) for path in value)
            return replace(packet, files=files)
        case "no_commit":
            return replace(packet, subject=replace(packet.subject, commit="", tree=""))
        case "start_commit":
            return replace(packet, origin=replace(packet.origin, start_commit=value))
        case "held":
            return replace(packet, cost=replace(packet.cost, held=value))
        case "deciding":
            return replace(packet, deciding=_deciding(value))
        case "granted":
            return replace(packet, asked=(_granted(value),))
        case "by_others" | "control_reasons":
            return replace(packet, **{key: tuple(Untrusted(text) for text in value)})
    return replace(packet, **{key: value})


def _deciding(lines: dict[str, list[str]]) -> DecidingRules:
    classes = {"another": RiskClass, "presence": RiskClass}
    rules: dict[str, Any] = {
        name: tuple(map(classes.get(name, Established), said)) for name, said in lines.items()
    }
    return DecidingRules(**rules)


def _granted(lines: dict[str, Any]) -> Asked:
    asked = GrantRequest(
        "er00-1",
        builders.RUN,
        Item(ItemKind.COMMAND, "./seed", digest_of(b"")),
        "command.unknown",
        *("c1", "agent", "unknown", builders.START_US),
    )
    granter = Granter(lines["by"], Established(lines["established"]), "")
    made_us = builders.START_US + lines.get("after_s", 30) * 1_000_000
    ends = (granter, END_OF_TASK, "", made_us)
    grant = Grant("er00-g1", asked.id, asked.run, asked.item, "needed", *ends)
    told = asked_of(RunRecord("", requests={asked.id: asked}, grants=[grant]))[0]
    return replace(told, presence=lines.get("presence", False))


def _layers(asked: GateInput, off: list[str]) -> GateInput:
    def state(layer: Layer) -> Layer:
        return replace(layer, state=LayerState.OFF) if layer.name in off else layer

    layers = tuple(state(layer) for layer in asked.packet.layers)
    return replace(asked, packet=replace(asked.packet, layers=layers))


def _check(asked: GateInput, lines: dict[str, Any]) -> GateInput:
    result = asked.packet.checks[0]
    for phase in ("before", "after", "own_runner"):
        if phase in lines:
            result = replace(result, **{phase: _ran(result, phase, lines[phase])})
    return replace(asked, packet=replace(asked.packet, checks=(result,)))


def _ran(result: CheckResult, phase: str, lines: dict[str, Any] | bool) -> CheckRan | None:
    if lines is False:
        return None
    assert isinstance(lines, dict)
    state = CheckState(lines.pop("state", "failed" if phase == "before" else "passed"))
    places = {"before": (CheckPhase.BEFORE, builders.BASE)}
    at_phase, commit = places.get(phase, (CheckPhase.AFTER, builders.COMMIT))
    lists = {key: tuple(value) for key, value in lines.items() if isinstance(value, list)}
    return replace(builders.check_ran(at_phase, commit, state), **{**lines, **lists})


CHANGES = {
    "ledger": _ledger,
    "git": _git,
    "frozen": _frozen,
    "packet": _packet,
    "layers_off": _layers,
    "check": _check,
}


def _load(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _questions() -> list[Any]:
    files = sorted(CASES.glob("*.toml"))
    sides = [(path, side) for path in files for side in ("case", "twin")]
    return [pytest.param(path, side, id=f"{path.stem}-{side}") for path, side in sides]


@pytest.mark.parametrize(("path", "side"), _questions())
def test_the_gate_answers_with_the_expected_outcome_and_reasons(path: Path, side: str) -> None:
    expected = _load(path)[side]
    verdict = judge(question(expected.get("given", {})))
    found = [finding.rule for finding in verdict.findings]
    assert (sorted(set(found)), verdict.outcome.value) == (
        sorted(expected["rules"]),
        expected["outcome"],
    )


def test_every_rule_has_a_case_that_fires_and_a_twin_that_does_not() -> None:
    cases = [(path.stem.partition("+")[0], _load(path)) for path in CASES.glob("*.toml")]
    assert {rule for rule, _ in cases} == set(RULES)
    for rule, case in cases:
        assert rule in case["case"]["rules"], rule
        assert rule not in case["twin"]["rules"], rule


@pytest.mark.parametrize("path", sorted(CASES.glob("*.toml")), ids=lambda path: path.stem)
def test_what_blocks_says_what_to_do(path: Path) -> None:
    verdict = judge(question(_load(path)["case"].get("given", {})))
    for finding in verdict.findings:
        assert finding.rule in RULES
        assert finding.fix or finding.severity.value == "note", finding


def test_an_honest_complete_packet_passes_without_a_remark() -> None:
    assert dataclasses.astuple(judge(honest(builders.contract(), FIXED))) == ("pass", ())
