"""Whether the packet can be believed, and whether it speaks of the commit that is judged."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.events import Ending, LayerState, StopTrigger
from remit.model.packet import Control, crossing
from remit.model.untrusted import well_formed
from remit.model.verdict import Finding, Severity
from remit.policy.gate.facts import (
    SHOWN,
    GateInput,
    LedgerStanding,
    came_to_nothing,
    never_started,
)
from remit.policy.gate.scope import outside_scope

_ENDED = {
    Ending.STOPPED: "was stopped",
    Ending.FAILED: "failed",
    Ending.ABANDONED: "was abandoned",
    Ending.KILLED: "was killed",
}
_AGAIN = {
    Ending.STOPPED: "read what was held, let the contract fit the task, then run again",
    Ending.FAILED: "mend what made it fail, then run again",
    Ending.ABANDONED: "run again",
    Ending.KILLED: "run again, with less to do or more time where that was the reason",
}
_DIGEST_SHOWN = len("sha256:") + SHOWN


def ledger(given: GateInput) -> Iterator[Finding]:
    match given.ledger:
        case LedgerStanding.BROKEN:
            yield Finding(
                "ledger.broken",
                Severity.BLOCK,
                "the ledger of this run is not what was written",
                "",
                "run: remit ledger verify",
            )
        case LedgerStanding.SUPERSEDED:
            yield Finding(
                "ledger.superseded",
                Severity.BLOCK,
                "a later packet of this run exists, and this is not it",
                "",
                f"take the last one: remit packet {given.packet.run} --format path",
            )
        case LedgerStanding.UNKNOWN:
            yield Finding(
                "ledger.unsigned",
                Severity.UNSURE,
                "no intact ledger on this machine holds this packet, and it carries no signature",
                "",
                "judge it on the machine that ran it",
            )
        case LedgerStanding.RECORDED:
            return


def contract_digest(given: GateInput) -> Iterator[Finding]:
    said = given.packet.contract_digest
    known = {given.contract_digest, given.frozen_digest or said}
    if known != {said}:
        yield Finding(
            "contract.digest",
            Severity.BLOCK,
            "the contract in the packet is not the one that was frozen before the first tool call",
            said[:_DIGEST_SHOWN],
            f"run: remit packet {given.packet.run}",
        )


def subject(given: GateInput) -> Iterator[Finding]:
    """Match by tree first: the same content under another commit id is the same subject."""
    packet, git = given.packet, given.git
    if not packet.subject.commit:
        if came_to_nothing(packet):
            return
        yield Finding(
            "subject.none",
            Severity.BLOCK,
            "the run made no commit, so there is nothing to merge",
            "",
            f"run: remit show {packet.run}",
        )
    elif git is None:
        yield Finding(
            "subject.unknown-commit",
            Severity.UNSURE,
            "this repository does not have the commit that is to be judged",
            packet.subject.commit[:SHOWN],
            "fetch it, then run the gate again",
        )
    elif git.tree != packet.subject.tree:
        yield Finding(
            "subject.other-commit",
            Severity.BLOCK,
            f"the packet speaks of commit {packet.subject.commit[:SHOWN]}, whose content differs: "
            "what came after it was not checked",
            git.commit[:SHOWN],
            "run the task again on this commit, or judge the packet's own",
        )
    elif git.commit != packet.subject.commit:
        yield Finding(
            "subject.same-tree",
            Severity.NOTE,
            f"matched by content: the tree is that of {packet.subject.commit[:SHOWN]}",
            git.commit[:SHOWN],
        )


def base(given: GateInput) -> Iterator[Finding]:
    packet, git = given.packet, given.git
    if git is None or not packet.subject.commit:
        return
    if not git.base:
        yield Finding(
            "subject.base-missing",
            Severity.UNSURE,
            "this repository does not have the commit the run started from",
            packet.origin.base[:SHOWN],
            "fetch the whole history (fetch-depth: 0), then run the gate again",
        )
    elif not git.on_base:
        yield Finding(
            "subject.base-mismatch",
            Severity.BLOCK,
            "the commit does not stand on the one the run started from, so the evidence "
            "was gathered elsewhere",
            packet.origin.base[:SHOWN],
            "run the task again on the new base",
        )
    if packet.origin.base != packet.origin.start_commit:
        yield Finding(
            "base.dirty",
            Severity.NOTE,
            "the run stood on uncommitted work, which no contract governed and nobody judged here",
            packet.origin.base[:SHOWN],
            "review that commit on its own",
        )


def files(given: GateInput) -> Iterator[Finding]:
    if given.git is None or not given.git.base:
        return
    told = {file.path.text for file in given.packet.files}
    real = {well_formed(file.path) for file in given.git.files}
    for path in sorted(told ^ real):
        what = "changed, and the packet is silent" if path in real else "named, but not changed"
        yield Finding(
            "subject.files-differ",
            Severity.BLOCK,
            f"git and the packet disagree on what changed: {what}",
            path,
            f"run: remit packet {given.packet.run}",
        )


def ending(given: GateInput) -> Iterator[Finding]:
    packet = given.packet
    if packet.ending is Ending.COMPLETED:
        return
    early = " before the agent was started" if never_started(packet) else ""
    why = packet.ending_message.text
    if packet.stop and packet.stop.trigger is StopTrigger.OUT_OF_SCOPE_WRITE:
        why = "something changed outside its scope"
    message = f"the run {_ENDED[packet.ending]}{early}{f': {why}' if why else ''}"
    yield Finding("run.not-completed", Severity.BLOCK, message, "", _AGAIN[packet.ending])


def control(given: GateInput) -> Iterator[Finding]:
    packet = given.packet
    if packet.control is not Control.CONTROLLED:
        reasons = "; ".join(_reasons_once(given))
        yield Finding(
            "run.out-of-bounds",
            Severity.BLOCK,
            f"the run left its contract: {reasons}",
            "",
            "reject the run, or run again under a contract that allows this",
        )


def _reasons_once(given: GateInput) -> Iterator[str]:
    """Why it is out of bounds; files that git shows are named by ``scope.outside`` and counted
    here."""
    paths = [well_formed(file.path) for file in outside_scope(given)]
    told = {crossing(path) for path in paths} & {r.text for r in given.packet.control_reasons}
    if told:
        files = "1 file was" if len(told) == 1 else f"{len(told):,} files were"
        yield f"{files} changed outside its scope"
    yield from (r.text for r in given.packet.control_reasons if r.text not in told)


def layers(given: GateInput) -> Iterator[Finding]:
    if never_started(given.packet):
        return
    live = {layer.name for layer in given.packet.layers if layer.state is LayerState.LIVE}
    for name in sorted({"hook", "comparison"} - live):
        yield Finding(
            "layers.off",
            Severity.BLOCK,
            f"the {name} layer was not live, so the contract was not held",
            name,
            "run again with the layer live",
        )
    if "meter" not in live:
        yield Finding(
            "layers.unconfirmed",
            Severity.NOTE,
            "the calls are those that the agent's hooks reported; nothing confirms them yet, as "
            "the model's traffic is not metered",
        )


RULES = (ledger, ending, control, contract_digest, subject, base, files, layers)
"""In the order people read them: what can be believed, how it ended, then what follows."""
