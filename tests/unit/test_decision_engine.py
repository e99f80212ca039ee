"""The engine: every effect is judged, the strongest reason wins, a rule that raises denies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from remit.model.contract import Check, Contract, Evidence, Scope
from remit.model.decision import Outcome
from remit.model.ids import CallId
from remit.model.request import Effect, EffectKind, Request, ResolvedPath, ToolCall
from remit.model.run import Phase, RunState
from remit.policy.engine import JUDGES, decide

CONTRACT = Contract("g", Scope(edit=("src/**",)), Evidence(checks=(Check("tests", "pytest"),)))
OPEN = RunState(Phase.OPEN, CONTRACT, "/r", heartbeat=True)


def _request(tool: str, path: str, call: str = "c1") -> Request:
    kind = EffectKind.READ if tool == "Read" else EffectKind.WRITE
    values = {"file_path": path, "content": "", "old_string": "", "new_string": ""}
    effect = Effect(kind, path, tool)
    resolved = ResolvedPath(path, f"/r/{path}", path)
    return Request(ToolCall(CallId(call), tool, values, "/r"), (effect,), (resolved,))


def test_every_kind_of_effect_has_a_judge() -> None:
    assert set(JUDGES) == set(EffectKind)


def test_inside_the_contract_is_allowed() -> None:
    assert decide(_request("Write", "src/a.py"), OPEN).outcome is Outcome.ALLOW


def test_a_call_without_any_effect_is_denied() -> None:
    request = replace(_request("Write", "src/a.py"), effects=())
    decision = decide(request, OPEN)
    assert decision.outcome is Outcome.DENY
    assert decision.reasons[0].rule == "engine.no-opinion"


def test_a_path_that_was_not_resolved_is_denied() -> None:
    request = replace(_request("Write", "src/a.py"), paths=())
    assert decide(request, OPEN).reasons[0].rule == "path.unresolved"


def test_a_rule_that_raises_denies() -> None:
    request = _request("Bash", "x")
    broken = replace(request, effects=(Effect(EffectKind.DYNAMIC, "no-such-family: x"),))
    broken = replace(broken, call=replace(request.call, input={"command": "x"}))
    decision = decide(broken, OPEN)
    assert decision.outcome is Outcome.DENY
    assert decision.reasons[0].rule == "engine.rule-failed"


@pytest.mark.parametrize("phase", [Phase.NEW, Phase.ENDED, Phase.CLOSED])
def test_nothing_happens_outside_an_open_run(phase: Phase) -> None:
    decision = decide(_request("Read", "src/a.py"), replace(OPEN, phase=phase))
    assert decision.outcome is Outcome.DENY
    assert decision.reasons[0].rule == f"phase.{phase.value}"


def test_a_stopped_run_still_reads_and_closes() -> None:
    stopped = replace(OPEN, phase=Phase.STOPPED)
    assert decide(_request("Read", "src/a.py"), stopped).outcome is Outcome.ALLOW
    assert decide(_request("Write", "src/a.py"), stopped).reasons[0].rule == "phase.stopped"
    note = ToolCall(CallId("n"), "TodoWrite", {}, "/r")
    closing = Request(note, (Effect(EffectKind.CALL, "TodoWrite"),))
    assert decide(closing, stopped).outcome is Outcome.ALLOW


def test_no_call_is_trusted_before_a_heartbeat() -> None:
    decision = decide(_request("Read", "src/a.py"), replace(OPEN, heartbeat=False))
    assert decision.reasons[0].rule == "phase.no-heartbeat"


def test_no_contract_denies() -> None:
    decision = decide(_request("Read", "src/a.py"), replace(OPEN, contract=None))
    assert decision.reasons[0].rule == "phase.no-contract"


def test_an_empty_contract_denies_edits() -> None:
    empty = Contract("g", Scope(), Evidence(none="x"))
    decision = decide(_request("Write", "src/a.py"), replace(OPEN, contract=empty))
    assert decision.outcome is Outcome.DENY


def test_an_id_that_was_seen_is_denied() -> None:
    state = replace(OPEN, seen_calls=frozenset({"c1"}))
    assert decide(_request("Read", "src/a.py"), state).reasons[0].rule == "phase.repeated-id"
    assert decide(_request("Read", "src/a.py", "c2"), state).outcome is Outcome.ALLOW


def test_the_third_request_for_a_denied_resource_stops() -> None:
    once = replace(OPEN, denials={"README.md": 1})
    twice = replace(OPEN, denials={"README.md": 2})
    assert decide(_request("Write", "README.md"), once).outcome is Outcome.DENY
    decision = decide(_request("Edit", "README.md"), twice)
    assert decision.outcome is Outcome.STOP
    assert decision.reasons[0].rule == "repetition.denied-again"
    assert decision.reasons[0].subject == "README.md"


def test_reading_what_was_denied_for_writing_is_no_repetition() -> None:
    twice = replace(OPEN, denials={"README.md": 2})
    assert decide(_request("Read", "README.md"), twice).outcome is Outcome.ALLOW


def test_three_denials_of_three_resources_are_no_repetition() -> None:
    state = replace(OPEN, denials={"a.md": 2, "b.md": 2})
    assert decide(_request("Write", "c.md"), state).outcome is Outcome.DENY


def test_thousands_of_reasons_are_cut_but_the_strongest_stays() -> None:
    paths = [f"d{number}" for number in range(500)]
    effects = tuple(Effect(EffectKind.WRITE, path) for path in ["src/a.py", *paths])
    resolved = tuple(ResolvedPath(path, f"/r/{path}", path) for path in ["src/a.py", *paths])
    request = replace(_request("Write", "x"), effects=effects, paths=resolved)
    decision = decide(request, OPEN)
    assert decision.outcome is Outcome.DENY
    assert len(decision.reasons) <= 40
