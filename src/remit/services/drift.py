"""Compares what runs of one repository were permitted with the decisions that are recorded.

Each run is measured against everything the runs before it were permitted. A decision counts where
the record names it: a key at the terminal, a contract file or policy that a person accepted, a
grant, a widening that was accepted afterwards. That a run went well decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from remit.errors import IntegrityError, RemitError
from remit.model.drift import Drift, Permission, Widening
from remit.model.events import ContractFrozen
from remit.model.grant import Grant, ItemKind
from remit.model.policy import PolicyLayer
from remit.model.policy_events import PolicyList, PolicyNoted
from remit.model.record import RunRecord
from remit.policy.growth import Permitted, covers
from remit.services.stats import sound_records
from remit.services.whose import is_of
from remit.storage.ledger import Ledger

STANDING = 3
"""So many grants of the same are a standing permission that nobody decided as one."""
MOST_UNKNOWN = 10
_AT_TERMINAL = "key at the terminal"
_READ = frozenset({"terminal"})
"""Ways of accepting a policy in which a person saw it."""
_LINES = {
    ItemKind.WRITE: "scope.edit",
    ItemKind.READ: "scope.read",
    ItemKind.COMMAND: "commands.free",
    ItemKind.HOST: "network.hosts",
}

Allowances = Callable[[str], tuple[Permission, ...]]
"""What the client's own settings permit at a commit, "" for the working tree."""


@dataclass(frozen=True, slots=True)
class Question:
    """Whose drift is asked for: the runs of ``repository`` as records name it, and those that
    worked at ``root``, whatever the repository is called by now. ``accepted`` says who decided on a
    widening afterwards, by its key."""

    repository: str
    root: str
    allowances: Allowances
    accepted: dict[str, str]
    now_us: int


@dataclass(slots=True)
class _Walk:
    permitted: Permitted = field(default_factory=Permitted)
    settings: dict[Permission, None] | None = None
    grants: dict[tuple[ItemKind, str], list[Grant]] = field(default_factory=dict)
    found: list[Widening] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def drift(ledger: Ledger, asked: Question) -> Drift:
    """The widenings of a repository's runs. IntegrityError where the record of any run is not what
    was written: which repository it belonged to, and what it permitted, cannot be told."""
    records = [record for record in _sound(ledger) if is_of(record, asked.repository, asked.root)]
    walk = _Walk()
    for record in records:
        _take(walk, record, asked)
    _settings(walk, "", "", asked.now_us, asked)
    walk.found += _standing(walk, asked)
    first = records[0].run if records else ""
    found = [_afterwards(one, asked.accepted) for one in walk.found]
    ordered = tuple(sorted(found, key=lambda one: one.time_us))
    return Drift(asked.repository, len(records), first, ordered, _few(walk.unknown))


def _sound(ledger: Ledger) -> list[RunRecord]:
    broken: list[str] = []
    found = [record for _, record in sound_records(ledger, broken)]
    if broken:
        message = "what runs were permitted cannot be told: a record is not what was written"
        raise IntegrityError(message, f"run {broken[0]}", "run: remit ledger verify")
    return found


def _take(walk: _Walk, record: RunRecord, asked: Question) -> None:
    assert record.opened is not None
    if (frozen := record.frozen) is None:
        return
    is_first = walk.permitted.forbidden is None
    for one in walk.permitted.grow(frozen.contract):
        if not is_first:
            decision = decision_on(one, frozen, record.policy)
            walk.found.append(Widening(one, record.run, record.first_us, decision))
    _settings(walk, record.run, record.opened.start_commit, record.first_us, asked)
    for grant in record.grants:
        walk.grants.setdefault((grant.item.kind, grant.item.subject), []).append(grant)


def decision_on(wanted: Permission, frozen: ContractFrozen, policy: PolicyNoted | None) -> str:
    """Who decided on ``wanted`` when the run began, and how; "" for nobody that is recorded."""
    who, how, standing = _parts(frozen.accepted_by)
    if how == _AT_TERMINAL:
        return f"{who}, by a key at the terminal when the run began"
    if standing == "accepted on this machine":
        return "the committed contract was accepted on this machine"
    if standing.startswith("accepted by "):
        return f"the committed contract is that of {standing.removeprefix('accepted by ')}"
    return _by_policy(wanted, policy) if policy else ""


def _parts(accepted_by: str) -> tuple[str, str, str]:
    """Who, how and by what standing, of ``"Ada (--yes; drafted from the goal)"``. Read from the
    end: a name may hold anything."""
    who, _, rest = accepted_by.rpartition(" (")
    how, _, standing = rest.removesuffix(")").partition("; ")
    return who, how, standing


def _by_policy(wanted: Permission, policy: PolicyNoted) -> str:
    for permits in policy.permits:
        if any(covers(Permission(permits.key, item), wanted) for item in permits.items):
            return _policy_decision(permits, policy)
    return ""


def _policy_decision(permits: PolicyList, policy: PolicyNoted) -> str:
    if permits.layer is not PolicyLayer.REPOSITORY:
        return f"{permits.key} of the {permits.layer.value}'s policy"
    if policy.how in _READ:
        return f"{policy.by}, who accepted {permits.key} of the policy ({policy.how})"
    if policy.how.startswith("base: "):
        return f"{permits.key} of the policy of {policy.how.removeprefix('base: ')}"
    return ""


def _settings(walk: _Walk, run: str, commit: str, at_us: int, asked: Question) -> None:
    """What the client's settings permit beside what they did before."""
    try:
        now = asked.allowances(commit)
    except RemitError as error:
        walk.unknown.append(f"the client's settings at {run or 'the working tree'}: {error}")
        return
    if walk.settings is None:
        walk.settings = dict.fromkeys(now)
        return
    for one in now:
        if one not in walk.settings:
            walk.settings[one] = None
            note = "in force in sessions without Remit, not in runs"
            walk.found.append(Widening(one, run, at_us, "", note))


def _standing(walk: _Walk, asked: Question) -> Iterator[Widening]:
    """Each thing that was granted; one granted again and again is a permission in disguise."""
    for (kind, subject), grants in walk.grants.items():
        last, times = grants[-1], len(grants)
        runs = len({grant.run for grant in grants})
        wanted = Permission(_LINES.get(kind, kind.value), subject)
        decision = f"{last.granter.name} ({last.granter.established.value}): {last.reason}"
        note = f"granted {_times(times)} in {_times(runs, 'run')}"
        if times >= STANDING and not walk.permitted.permits(wanted):
            decision, note = "", f"{note}: each was decided, that it stands was not"
        permission = Permission(f"grant.{kind.value}", subject)
        yield Widening(permission, last.run, last.made_us, decision, note)


def _times(number: int, noun: str = "time") -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _afterwards(one: Widening, accepted: dict[str, str]) -> Widening:
    decision = one.decision or accepted.get(one.permission.key, "")
    return Widening(one.permission, one.run, one.time_us, decision, one.note)


def _few(unknown: Sequence[str]) -> tuple[str, ...]:
    kept: Iterable[str] = unknown[:MOST_UNKNOWN]
    left = len(unknown) - MOST_UNKNOWN
    return (*kept, f"and {left} more") if left > 0 else tuple(kept)
