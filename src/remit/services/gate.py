"""Judges a packet against a commit: the ledger and git are asked, the packet is not believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from remit.codec.contract import freeze
from remit.codec.packet import MAX_BYTES, read_packet
from remit.codec.patch import added_text
from remit.errors import IntegrityError, RemitError, UsageError
from remit.model import events as e
from remit.model.chain import Break
from remit.model.digest import Digest, digest_of
from remit.model.ids import RunId, is_run_id
from remit.model.packet import Packet
from remit.model.record import Recorded
from remit.model.tree import Change, NodeKind
from remit.model.verdict import Verdict
from remit.policy.gate import ChangedFile, GateInput, GitFacts, Leak, LedgerStanding, judge
from remit.policy.redact import redact
from remit.system.documents import read_document
from remit.system.git import FileDiff, Repository
from remit.system.git_command import GitFailed

MAX_PATCH = 32 * 1024 * 1024
_KINDS = {0o120000: NodeKind.LINK, 0o160000: NodeKind.DIRECTORY}


class Chains(Protocol):
    """What the gate asks of a ledger."""

    def verify(self, run: RunId | None = None) -> tuple[Break, ...]: ...

    def recorded(self, run: RunId) -> Iterator[Recorded]: ...


@dataclass(frozen=True, slots=True)
class GateResult:
    """A judged packet. ``broken`` is where the run's chain is not what was written."""

    packet: Packet
    digest: Digest
    commit: str
    """As it was asked for, or in full where git knows it."""
    verdict: Verdict
    ledger: LedgerStanding
    broken: Break | None = None


def judge_packet(
    packet_path: Path, commit: str, repository: Repository, ledger: Chains | None
) -> GateResult:
    """Judge the packet in ``packet_path`` for ``commit`` (an id, a branch, a tag).

    ``ledger`` is None where this machine has none. Raises InvalidDocument for a file that is
    not a packet, UsageError where there is none.
    """
    data = read_document(packet_path, MAX_BYTES)
    if data is None:
        raise UsageError(f"there is no packet at {packet_path}", "run: remit packet RUN")
    packet, digest = read_packet(data, str(packet_path)), digest_of(data)
    standing, frozen, broken = _standing(packet, digest, ledger)
    facts = read_facts(repository, packet.origin.base, commit)
    question = GateInput(packet, standing, freeze(packet.contract)[1], frozen, facts)
    asked = facts.commit if facts else commit
    return GateResult(packet, digest, asked, judge(question), standing, broken)


def _standing(
    packet: Packet, digest: Digest, ledger: Chains | None
) -> tuple[LedgerStanding, Digest | None, Break | None]:
    """How the ledger stands to these bytes, and the contract digest its first entry holds."""
    if ledger is None or not is_run_id(packet.run):
        return LedgerStanding.UNKNOWN, None, None
    run = RunId(packet.run)
    if broken := ledger.verify(run):
        return LedgerStanding.BROKEN, None, broken[0]
    try:
        happened = [item.event for item in ledger.recorded(run)]
    except IntegrityError as error:
        return LedgerStanding.BROKEN, None, Break(run, 0, error.message)
    frozen = next((x.digest for x in happened if isinstance(x, e.ContractFrozen)), None)
    built = [x.json for x in happened if isinstance(x, e.PacketBuilt)]
    if digest in built:
        last = built[-1] == digest
        return LedgerStanding.RECORDED if last else LedgerStanding.SUPERSEDED, frozen, None
    return LedgerStanding.UNKNOWN, frozen, None


def read_facts(repository: Repository, base: str, commit: str) -> GitFacts | None:
    """What git says of ``commit`` on ``base``; None where the repository does not have it."""
    try:
        full = repository.resolve(commit)
    except RemitError:
        return None
    tree = repository.tree_of(full)
    if not base or not repository.commit_exists(base):
        return GitFacts(full, tree, "", on_base=False, files=())
    files = tuple(_changed(diff) for diff in repository.diff(base, full))
    on_base = repository.is_ancestor(base, full)
    leaks = _leaks(repository, base, full)
    return GitFacts(full, tree, base, on_base, files, leaks or (), leaks is not None)


def _changed(diff: FileDiff) -> ChangedFile:
    return ChangedFile(
        path=diff.path,
        change=diff.change,
        kind=_kind(diff.old_mode if diff.change is Change.DELETED else diff.new_mode),
        before=_kind(diff.old_mode) if diff.change is Change.KIND else None,
        added=diff.added,
        removed=diff.removed,
    )


def _kind(mode: int) -> NodeKind:
    return _KINDS.get(mode, NodeKind.FILE)


def _leaks(repository: Repository, base: str, commit: str) -> tuple[Leak, ...] | None:
    """Marks of credentials in added lines; None where the patch is too large to read."""
    try:
        patch = repository.diff_text(base, commit, MAX_PATCH)
    except GitFailed:
        return None
    found = [
        Leak(added.path, mark)
        for added in added_text(patch)
        for mark in dict.fromkeys(redact(added.text).marks)
    ]
    return tuple(found)
