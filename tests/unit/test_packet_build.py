"""What a run's record becomes: nothing faked, nothing flattered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from remit.adapters.render.wording import cost_notes
from remit.codec.contract import freeze
from remit.errors import RemitError
from remit.model import events as e
from remit.model.claimed_events import (
    BudgetClaimed,
    BudgetReconciled,
    Difference,
    Source,
    SourceTotal,
    Unit,
)
from remit.model.decision import Outcome
from remit.model.digest import digest_of
from remit.model.packet import Control, LedgerProof, Packet
from remit.model.tree import Change, PathChange, Standing
from remit.model.verdict import VerdictOutcome
from remit.policy.gate import ChangedFile, GitFacts
from remit.services.packets import build
from remit.services.trace import MAX_CALLS
from remit.testing import builders

CONTRACT = builders.contract()
DIGEST = freeze(CONTRACT)[1]
FIXED = ChangedFile("src/parser/core.py", Change.MODIFIED, added=3, removed=1)


def packet_of(happened: Sequence[e.Event], facts: GitFacts | None = None) -> Packet:
    return build(
        builders.record(happened),
        facts=facts,
        proof=LedgerProof(len(happened), DIGEST, intact=True),
        now_us=builders.START_US,
        version="0.1.0",
    )


def facts(*files: ChangedFile) -> GitFacts:
    return GitFacts(builders.COMMIT, builders.TREE, builders.BASE, True, files or (FIXED,))


def honest() -> list[e.Event]:
    return builders.honest_run(CONTRACT, DIGEST)


def test_an_honest_run_is_controlled_and_passes() -> None:
    packet = packet_of(honest(), facts())
    assert packet.control is Control.CONTROLLED
    assert packet.verdict.outcome is VerdictOutcome.PASS
    assert [file.path.text for file in packet.files] == ["src/parser/core.py"]
    assert [path.text for path in packet.inspected] == ["src/parser/core.py"]
    assert (packet.cost.calls, packet.cost.held, packet.cost.tokens) == (4, 1, None)


def test_a_held_attempt_is_pressure_and_no_crossed_line() -> None:
    packet = packet_of(honest(), facts())
    (held,) = packet.pressure
    assert (held.subject.text, held.outcome, held.rule) == (
        "README.md",
        "deny",
        "path.write-out-of-scope",
    )
    assert packet.control is Control.CONTROLLED


def _crossed() -> list[e.Event]:
    change = PathChange("README.md", Change.MODIFIED, Standing.OUT_OF_SCOPE)
    return [e.TreeCompared((change,), True, 900), e.PathsRestored(("README.md",), "remit")]


OUT_OF_BOUNDS = {
    "crossed, restored later": (_crossed(), "(restored later)"),
    "forged": ([e.Forged("a call id that was never issued", "c9")], "forged"),
    "a report of no request": (
        [e.ToolFinished("c9", "Bash", True, 1, digest_of(b""), "")],
        "never asked about",
    ),
    "a decision of no request": ([e.DecisionMade("c9", Outcome.ALLOW, ())], "never asked about"),
    "ran though held": (
        [e.ToolFinished("c2", "Write", True, 1, digest_of(b""), "")],
        "ran though it was held",
    ),
}


@pytest.mark.parametrize("name", OUT_OF_BOUNDS)
def test_a_run_that_left_its_contract_says_why_and_fails(name: str) -> None:
    happened, why = OUT_OF_BOUNDS[name]
    packet = packet_of([*honest(), *happened], facts())
    assert packet.control is Control.OUT_OF_BOUNDS
    assert why in packet.control_reasons[0].text
    assert packet.verdict.outcome is VerdictOutcome.FAIL


def test_tools_without_a_heartbeat_are_not_governed() -> None:
    happened = [event for event in honest() if not isinstance(event, e.Heartbeat)]
    packet = packet_of(happened, facts())
    assert "never reported" in packet.control_reasons[0].text


def test_a_held_call_that_the_client_reports_as_failed_is_no_crossing() -> None:
    refused = e.ToolFinished("c2", "Write", False, 1, digest_of(b""), "")
    assert packet_of([*honest(), refused], facts()).control is Control.CONTROLLED


@pytest.mark.parametrize("length", range(1, 21))
def test_a_run_that_ends_anywhere_yields_a_packet_that_does_not_pass(length: int) -> None:
    happened = honest()[:length]
    whole = length == len(honest())
    packet = packet_of(happened, facts() if length >= len(honest()) - 2 else None)
    assert packet.ending is (e.Ending.COMPLETED if whole else e.Ending.ABANDONED)
    assert (packet.verdict.outcome is VerdictOutcome.PASS) is whole


def test_nothing_can_be_said_of_a_run_without_a_contract() -> None:
    with pytest.raises(RemitError, match="no frozen contract"):
        packet_of(honest()[1:])


def test_a_stop_is_shown_with_its_reason_and_options() -> None:
    stop = e.RunStopped(e.StopTrigger.TIME, "20m are over", (), ("a longer contract",))
    happened = [*honest()[:-1], stop, e.RunClosed(e.Ending.STOPPED, "20m are over")]
    packet = packet_of(happened, facts())
    assert packet.stop == stop
    assert packet.verdict.findings[0].rule == "run.not-completed"


def test_the_trace_is_bounded_and_keeps_what_was_held() -> None:
    many: list[e.Event] = []
    for number in range(MAX_CALLS):
        many.extend(builders.call(f"r{number}", "Read", f"/repo/{number}", Outcome.ALLOW))
    packet = packet_of([*honest()[:-1], *many, honest()[-1]], facts())
    assert len(packet.calls) == MAX_CALLS
    assert packet.calls_left_out == 4
    assert "deny" in [call.outcome for call in packet.calls]
    assert packet.cost.calls == MAX_CALLS + 4


def test_the_last_result_of_a_check_counts() -> None:
    again = builders.check_ran(e.CheckPhase.AFTER, builders.COMMIT, e.CheckState.FAILED)
    (check,) = packet_of([*honest(), again], facts()).checks
    assert not check.satisfied


@pytest.mark.parametrize(
    ("undo", "expected"),
    [("redeploy the worker", "redeploy the worker"), ("", f"git revert {builders.COMMIT[:12]}")],
)
def test_the_way_back_is_the_contracts_or_the_plain_one(undo: str, expected: str) -> None:
    contract = replace(CONTRACT, rollback=replace(CONTRACT.rollback, undo=undo))
    packet = packet_of(builders.honest_run(contract, freeze(contract)[1]), facts())
    assert expected in packet.rollback.text


def test_what_git_says_outside_the_scope_is_marked_and_blocks() -> None:
    packet = packet_of(honest(), facts(FIXED, ChangedFile("setup.cfg", Change.ADDED, added=1)))
    assert [file.standing for file in packet.files] == ["in-scope", "out-of-scope"]
    assert "scope.outside" in [finding.rule for finding in packet.verdict.findings]


def test_a_path_that_is_not_utf8_is_spelled_out() -> None:
    odd = ChangedFile("src/parser/caf\udce9.py", Change.ADDED, added=1)
    packet = packet_of(honest(), facts(FIXED, odd))
    assert packet.files[1].path.text == "src/parser/caf\\xe9.py"
    assert packet.verdict.outcome is VerdictOutcome.PASS


def test_spending_that_the_client_tells_is_advisory_and_its_differences_are_counted() -> None:
    claimed = BudgetClaimed(800, 120, 1_600, 240, unpriced=False)
    totals = tuple(SourceTotal(source, 1, 120, None, 0) for source in list(Source)[1:3])
    told = Difference("req", Unit.TOKENS, Source.TRANSCRIPT, None, Source.TELEMETRY, 120)
    cost = packet_of([*honest(), claimed, BudgetReconciled(totals, (told,), 4)], facts()).cost
    assert (cost.tokens, cost.spend_micro_usd, cost.differing) == (240, 1_600, 5)
    advisory, compared = cost_notes(cost)
    assert "overshoot of one or more answers possible" in advisory
    assert compared == "session records, telemetry, compared in pairs: 5 differences"


def test_twin_spending_that_nobody_tells_is_unknown_and_needs_no_note() -> None:
    cost = packet_of(honest(), facts()).cost
    assert (cost.tokens, cost.spend_micro_usd) == (None, None)
    assert tuple(cost_notes(cost)) == ()
