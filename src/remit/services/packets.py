"""Folds a run's record into the review packet, with the gate's own verdict on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from remit.codec.contract import freeze
from remit.errors import RemitError
from remit.model import events as e
from remit.model.account import Amount
from remit.model.contract import Check, Contract, RiskClass
from remit.model.decision import Outcome
from remit.model.grant import ItemKind
from remit.model.ids import RunId
from remit.model.limits import NAMED
from remit.model.meter_events import BudgetExtended
from remit.model.packet import (
    CheckResult,
    Control,
    Cost,
    Extended,
    FileChange,
    LedgerProof,
    Origin,
    Packet,
    Subject,
    crossing,
)
from remit.model.record import CallRecord, RunRecord
from remit.model.tree import PathChange, Standing
from remit.model.untrusted import Untrusted, well_formed
from remit.model.verdict import Verdict, VerdictOutcome
from remit.policy.gate import SHOWN, ChangedFile, GateInput, GitFacts, LedgerStanding, judge
from remit.policy.matching import get_patterns
from remit.policy.results import evaluate
from remit.policy.risk import assess, widened
from remit.policy.zones import is_goalpost, zone_of
from remit.services import trace
from remit.services.asked import asked
from remit.services.friction import friction
from remit.services.gate import read_facts
from remit.services.layers import CLAIMED
from remit.services.timeline import attempts_shown
from remit.storage.ledger import Ledger
from remit.system.git import Repository

_PENDING = Verdict(VerdictOutcome.CANNOT_SAY, ())


def build(
    record: RunRecord,
    *,
    facts: GitFacts | None,
    proof: LedgerProof,
    now_us: int,
    version: str,
) -> Packet:
    """The packet of ``record``, of a stopped or failed run too.

    ``facts`` is what git says of the run's commit (``services.gate.read_facts``), None where the
    run made none. The verdict is what ``remit gate`` will say here of that commit, once the
    packet's digest is recorded. Raises RemitError where no contract was ever frozen.
    """
    if record.frozen is None:
        raise RemitError(
            f"run {record.run} has no frozen contract, so nothing can be said of it",
            "run: remit ledger verify",
        )
    packet = _fold(record, record.frozen, facts, proof, now_us, version)
    extended = tuple(_extended(at_us, one) for at_us, one in record.extended)
    packet = replace(packet, friction=friction(record), extended=extended)
    lines, left_out = attempts_shown(record)
    packet = replace(packet, attempts=lines, attempts_left_out=left_out)
    if record.deciders is not None:
        packet = replace(packet, deciding=record.deciders.rules)
    return replace(packet, verdict=judge(_question(packet, record.frozen, facts)))


def compose(
    record: RunRecord, ledger: Ledger, repository: Repository | None, *, now_us: int, version: str
) -> Packet:
    """:func:`build` with what git and the ledger say now.

    ``repository`` is None where the run's is gone; the packet then says so by its verdict.
    """
    run = RunId(record.run)
    entries, head = ledger.head(run)
    proof = LedgerProof(entries, head, intact=not ledger.verify(run))
    made = record.commit
    facts = read_facts(repository, made.base, made.commit) if made and repository else None
    return build(record, facts=facts, proof=proof, now_us=now_us, version=version)


def _question(packet: Packet, frozen: e.ContractFrozen, facts: GitFacts | None) -> GateInput:
    standing = LedgerStanding.RECORDED if packet.ledger.intact else LedgerStanding.BROKEN
    return GateInput(packet, standing, freeze(packet.contract)[1], frozen.digest, facts)


def _fold(
    record: RunRecord,
    frozen: e.ContractFrozen,
    facts: GitFacts | None,
    proof: LedgerProof,
    now_us: int,
    version: str,
) -> Packet:
    contract = frozen.contract
    files = facts.files if facts else ()
    calls, calls_left_out = trace.calls(record)
    pressure, inspected = trace.pressure(record), trace.inspected(record)
    reached = trace.reached(record)
    reasons = control_reasons(record)
    return Packet(
        run=record.run,
        built_us=now_us,
        remit_version=version,
        goal=Untrusted(contract.goal),
        risk=_risk(record, files, contract),
        contract=contract,
        contract_digest=frozen.digest,
        accepted_by=Untrusted(frozen.accepted_by),
        origin=_origin(record),
        subject=_subject(record),
        ending=record.closed.ending if record.closed else e.Ending.ABANDONED,
        ending_message=Untrusted(_ending_message(record)),
        stop=record.stopped,
        control=Control.OUT_OF_BOUNDS if reasons else Control.CONTROLLED,
        control_reasons=tuple(Untrusted(reason) for reason in reasons),
        layers=record.layers.layers if record.layers else (),
        advisory=record.layers.advisory if record.layers else (),
        client=Untrusted(_client(record)),
        carried=record.carried.carried if record.carried else (),
        left_out=_untrusted(record.carried.left_out if record.carried else ()),
        files=_files(record, files, contract),
        untouched_on_purpose=_untrusted((*contract.keep, *contract.exclude)),
        out_of_scope=tuple(record.crossed.values()),
        artifacts=_standing_count(record, Standing.ARTIFACT),
        by_others=_untrusted(_paths(record, Standing.OTHERS)),
        restored=_untrusted(tuple(record.restored)),
        checks=tuple(_check(check, record.checks) for check in contract.evidence.checks),
        checks_none=Untrusted(contract.evidence.none),
        calls=calls,
        pressure=pressure[: trace.MAX_PRESSURE],
        claims=trace.claims(record),
        cost=_cost(record),
        rollback=Untrusted(_rollback(record, contract)),
        ledger=proof,
        verdict=_PENDING,
        started_us=record.first_us,
        calls_left_out=calls_left_out,
        inspected=_untrusted(inspected[: trace.MAX_INSPECTED]),
        inspected_left_out=max(0, len(inspected) - trace.MAX_INSPECTED),
        pressure_left_out=max(0, len(pressure) - trace.MAX_PRESSURE),
        asked=asked(record),
        claims_left_out=max(0, len(record.claims) - trace.MAX_CLAIMS),
        reached=reached[: trace.MAX_REACHED],
        reached_left_out=max(0, len(reached) - trace.MAX_REACHED),
    )


def control_reasons(record: RunRecord) -> tuple[str, ...]:
    """Why the run left its contract, one reason each; empty is a controlled run."""
    return tuple(_reasons(record))


def _reasons(record: RunRecord) -> Iterator[str]:
    restored = frozenset(record.restored)
    for path in sorted(record.crossed):
        yield crossing(path) + (" (restored later)" if path in restored else "")
    for forged in record.forged:
        yield f"something forged reached the endpoint: {forged.what}"
    if record.stopped and record.stopped.trigger is e.StopTrigger.NOT_GOVERNED:
        yield "the client never reported that its hooks were loaded, so nothing held it"
    elif record.calls and record.heartbeat is None:
        yield "tools ran though the client never reported that its hooks were loaded"
    for unasked in record.unmatched:
        yield f"a call was reported that was never asked about: {unasked}"
    for call in record.calls.values():
        if _ran_though_held(call):
            yield f"a call ran though it was held: {call.requested.tool} ({call.requested.call})"


def _ran_though_held(call: CallRecord) -> bool:
    held = call.decision is None or call.decision.outcome is not Outcome.ALLOW
    return held and call.finished is not None and call.finished.ok


def _origin(record: RunRecord) -> Origin:
    opened, commit = record.opened, record.commit
    if opened is None:
        return Origin(Untrusted(""), Untrusted(""), "", "", ())
    return Origin(
        repository=Untrusted(opened.repository),
        branch=Untrusted(opened.branch),
        start_commit=opened.start_commit,
        base=commit.base if commit else opened.start_commit,
        dirty=_untrusted(opened.dirty),
        in_copy=bool(opened.copy),
    )


def _subject(record: RunRecord) -> Subject:
    made = record.commit
    return Subject(made.branch, made.commit, made.tree) if made else Subject("", "", "")


def _ending_message(record: RunRecord) -> str:
    if record.closed:
        return record.closed.message
    if record.stopped:
        return record.stopped.message
    return _parked_message(record) if record.parked else "the run was never closed"


def _parked_message(record: RunRecord) -> str:
    answered = {grant.request for grant in record.grants}
    answered |= {refusal.request for _, refusal in record.refusals}
    waiting = [request for request in record.requests if request not in answered]
    goes_on = f"it goes on with: remit resume {record.run}"
    return (
        f"parked, waiting for {', '.join(waiting)}; {goes_on}" if waiting else f"parked; {goes_on}"
    )


def _client(record: RunRecord) -> str:
    launched = record.launched
    return f"{launched.client} {launched.client_version}" if launched else "never launched"


def _granted_writes(record: RunRecord) -> frozenset[str]:
    items = (grant.item for grant in record.grants)
    return frozenset(item.subject for item in items if item.kind is ItemKind.WRITE)


def _risk(record: RunRecord, files: Sequence[ChangedFile], contract: Contract) -> RiskClass:
    wider = widened(contract, sorted(_granted_writes(record)))
    return assess(wider, [file.path for file in files])[0]


def _files(
    record: RunRecord, files: Sequence[ChangedFile], contract: Contract
) -> tuple[FileChange, ...]:
    granted = _granted_writes(record)
    return tuple(_file(file, contract, granted) for file in files)


def _file(file: ChangedFile, contract: Contract, granted: frozenset[str]) -> FileChange:
    inside = file.path in granted or get_patterns(contract.scope.edit).matches(file.path)
    return FileChange(
        path=Untrusted(well_formed(file.path)),
        change=file.change.value,
        added=file.added,
        removed=file.removed,
        standing=(Standing.IN_SCOPE if inside else Standing.OUT_OF_SCOPE).value,
        goalpost=is_goalpost(file.path),
        zone=zone_of(file.path, contract.stop),
    )


def _paths(record: RunRecord, standing: Standing) -> tuple[str, ...]:
    found: Sequence[PathChange] = tuple(record.changes.values())
    return tuple(sorted(change.path for change in found if change.standing is standing))


def _standing_count(record: RunRecord, standing: Standing) -> int:
    return len(_paths(record, standing))


def _check(check: Check, ran: Sequence[e.CheckRan]) -> CheckResult:
    """The last result of each phase counts; the gate judges it again."""
    last = {result.phase: result for result in ran if result.name == check.name}
    before, after = last.get(e.CheckPhase.BEFORE), last.get(e.CheckPhase.AFTER)
    satisfied, why = evaluate(check, before, after)
    return CheckResult(
        name=Untrusted(check.name),
        command=Untrusted(check.command),
        shows=check.shows.value,
        before=before,
        after=after,
        own_runner=last.get(e.CheckPhase.AFTER_OWN_RUNNER),
        satisfied=satisfied,
        why=Untrusted(why),
    )


def _cost(record: RunRecord) -> Cost:
    """Tokens and spend are unknown where nothing metered them: unknown is never zero."""
    agent_us = record.agent_until_us(record.last_us)
    spent, found = _spent(record), record.reconciled
    return Cost(
        wall_ms=(record.last_us - record.first_us) // 1000,
        agent_ms=agent_us // 1000,
        calls=len(record.calls),
        held=sum(trace.is_held(call) for call in record.calls.values()),
        tokens=spent.tokens if spent else None,
        spend_micro_usd=spent.micro_usd if spent else None,
        advisory=CLAIMED if spent and not record.asked else "",
        sources=found.sources if found else (),
        differing=len(found.differing) + found.left_out if found else 0,
    )


def _spent(record: RunRecord) -> Amount | None:
    """As the meter has it, or where there was none, as the client itself tells."""
    if not record.asked:
        return record.counted.amount if record.counted else None
    settled = record.settled.values()
    return Amount(sum(one.micro_usd for one in settled), sum(one.tokens for one in settled))


def _extended(at_us: int, given: BudgetExtended) -> Extended:
    limit = NAMED[given.limit]
    return Extended(
        limit.name,
        limit.spelled(given.amount),
        Untrusted(given.reason),
        Untrusted(given.evidence),
        Untrusted(given.granter.name),
        given.granter.established.value,
        at_us,
    )


def _rollback(record: RunRecord, contract: Contract) -> str:
    standing = set(record.crossed) - set(record.restored)
    undo = _undo(record, contract)
    if not standing or (record.opened and record.opened.copy):
        return undo
    return f"What changed outside its scope: remit rollback {record.run}\n{undo}"


def _undo(record: RunRecord, contract: Contract) -> str:
    made = record.commit
    if made is None:
        return "Nothing was committed, so there is nothing to revert."
    if contract.rollback.undo:
        return contract.rollback.undo
    branch = f"Nothing was merged: delete the branch {made.branch}."
    return f"{branch} Once merged: git revert {made.commit[:SHOWN]}"


def _untrusted(texts: Sequence[str]) -> tuple[Untrusted, ...]:
    return tuple(Untrusted(text) for text in texts)
