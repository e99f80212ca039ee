"""From what a person asked for to a contract that can be frozen, or to what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from remit.codec.toml import MAX_BYTES, decode
from remit.errors import InvalidDocument, UsageError
from remit.services.drafts import draft
from remit.services.readiness import Measure, Readiness, Setting, judge, judge_text
from remit.services.workplace import (
    ContractStanding,
    Workplace,
    contract_standing,
    facts_of,
    policy_in_force,
)
from remit.system.documents import read_document

DRAFT = "the draft"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A contract as it would be frozen. ``source`` is the file it came from, or ``the draft``;
    ``standing`` is how its text comes to be accepted; ``notes`` say why each guessed line
    stands there."""

    readiness: Readiness
    source: str
    standing: ContractStanding
    notes: tuple[str, ...] = ()


def propose(place: Workplace, asked: str, measure: Measure, accept_base: str = "") -> Proposal:
    """The proposal for ``asked``: a contract file's path, or a goal in words."""
    policy = policy_in_force(place, accept_base)
    setting = Setting(place.files, policy, place.user, measure)
    path = Path(asked)
    if path.suffix == ".toml":
        text = _text(path)
        standing = contract_standing(place, path, text, accept_base)
        return Proposal(judge_text(text, asked, setting), asked, standing)
    drafted = draft(asked, facts_of(place), policy.policy, place.user)
    standing = ContractStanding("drafted from the goal")
    return Proposal(judge(drafted.contract, setting), DRAFT, standing, drafted.notes)


def _text(path: Path) -> str:
    data = read_document(path, MAX_BYTES)
    if data is None:
        raise UsageError(f"there is no contract at {path}", f'draft one: remit new "…" -o {path}')
    return decode(data, str(path))


def require_ready(proposal: Proposal) -> None:
    """Raise InvalidDocument with every problem where the contract is not ready."""
    problems = proposal.readiness.problems
    if problems:
        remedy = 'write it out: remit new "…" -o contract.toml, then: remit check contract.toml'
        if proposal.source != DRAFT:
            remedy = f"correct these lines, then: remit check {proposal.source}"
        raise InvalidDocument(proposal.source, problems, remedy)
