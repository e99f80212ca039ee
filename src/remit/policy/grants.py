"""What of a held call a person may grant inside the run, and what a grant lifts.

Pure. Everything not listed here is nobody's to grant while the run goes on: sensitive zones,
credentials, what steers git or the agent, other users and the machine, code that cannot be read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from remit.model.decision import Outcome, Reason
from remit.model.digest import digest_of
from remit.model.grant import Grant, Item, ItemKind
from remit.model.request import Effect, EffectKind
from remit.policy.matching import get_patterns
from remit.policy.rules.case import Case, name_of
from remit.policy.rules.wording import short

MOST_ITEMS = 5
"""A call that needs more at once is not one small step beyond the contract."""
_PATHS: Final = {
    EffectKind.READ: ItemKind.READ,
    EffectKind.WRITE: ItemKind.WRITE,
    EffectKind.DELETE: ItemKind.DELETE,
}
_PATH_RULES = frozenset(
    {"path.read-out-of-scope", "path.read-outside", "path.write-out-of-scope"},
)
_COMMAND_RULES = frozenset(
    {
        "command.ask",
        "command.unknown",
        "command.look",
        "command.not-in-exact-list",
        "agent.nested",
        "shell.unparsed",
        "shell.path",
    }
)
GRANTABLE: Final = frozenset(ItemKind) - {ItemKind.DELETE}
"""What can be granted inside a run. To take a name away needs its whole folder."""
COUNTED: Final = frozenset({ItemKind.READ, ItemKind.COMMAND, ItemKind.TOOL, ItemKind.MCP})
"""What a call uses as it is decided. A host or a path to be written stays open while the call that
was let through is at work, and how often it is then used nothing counts."""
_NAMED_READS = frozenset({"path.read-outside"})
_NAMES: Final = {
    "network.host-not-allowed": ItemKind.HOST,
    "tool.unknown": ItemKind.TOOL,
}
_CALLS: Final = frozenset({"mcp.tool-not-listed", "mcp.write"})
"""Nobody knows what else such a tool would do with other arguments."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An item a call needs, and the reason that holds it."""

    item: Item
    reason: Reason


@dataclass(frozen=True, slots=True)
class Judged:
    """A reason with the effect it speaks of, None where it speaks of the whole call."""

    reason: Reason
    effect: Effect | None


def lifted(judged: Judged, case: Case, now_us: int) -> Reason:
    """The reason as it stands, or what allows it: a grant in force for exactly this item."""
    grant = _covering(judged, case, now_us)
    return judged.reason if grant is None else _granted(grant)


def used(judged: tuple[Judged, ...], case: Case, now_us: int) -> tuple[Grant, ...]:
    """The grants without which this call would be held, each once."""
    found = (_covering(one, case, now_us) for one in judged)
    return tuple({grant.id: grant for grant in found if grant is not None}.values())


def _covering(judged: Judged, case: Case, now_us: int) -> Grant | None:
    """The grant in force that lifts what holds a call; None where nothing does, or nothing holds
    it."""
    if judged.reason.outcome is Outcome.ALLOW:
        return None
    items = [item for item in (item_of(judged, case), _whole(judged, case)) if item]
    grants = (case.state.permits.grant_for(item, now_us) for item in items)
    return next((grant for grant in grants if grant is not None), None)


def wanted(judged: tuple[Judged, ...], case: Case, now_us: int) -> tuple[Wanted, ...]:
    """What a person would have to grant for this call; () where something in it may not be
    granted inside the run, or where it is too much at once."""
    found: dict[str, Wanted] = {}
    for one in judged:
        reason = lifted(one, case, now_us)
        if reason.outcome is Outcome.ALLOW:
            continue
        item = item_of(one, case)
        if item is None:
            return ()
        found.setdefault(f"{item.kind} {item.digest}", Wanted(item, reason))
    if any(want.item.kind is ItemKind.COMMAND for want in found.values()):
        found = {key: want for key, want in found.items() if want.reason.rule not in _NAMED_READS}
    return tuple(found.values()) if len(found) <= MOST_ITEMS else ()


def unreached(case: Case, enclosed: frozenset[str], now_us: int) -> Reason | None:
    """Why a call that may write by a grant cannot do so yet: the kernel lets the agent write to
    the granted paths of ``enclosed`` alone, which were granted before it was started."""
    for effect, path in case.paths:
        item = _path(effect, case) if effect.kind is EffectKind.WRITE else None
        if item and case.state.permits.grant_for(item, now_us) and item.subject not in enclosed:
            message = "a person granted it, and the agent is started again to be let through"
            return Reason("grant.wider", Outcome.ASK, short(name_of(path)), message)
    return None


def _whole(judged: Judged, case: Case) -> Item | None:
    """The command line that says what is read: who grants it has read that too."""
    return _command(case) if judged.reason.rule in _NAMED_READS else None


def item_of(judged: Judged, case: Case) -> Item | None:
    """The item that would answer a held reason; None where none may."""
    rule, effect = judged.reason.rule, judged.effect
    if judged.reason.outcome is Outcome.STOP:
        return None
    if rule in _COMMAND_RULES:
        return _command(case)
    if rule in _CALLS:
        return _call(case)
    if effect is None:
        return None
    if rule in _PATH_RULES and effect.kind in _PATHS and not _taken_out(effect, case):
        return _path(effect, case)
    if rule in _NAMES and effect.target != "*":
        return _item(_NAMES[rule], effect.target)
    return None


def _command(case: Case) -> Item | None:
    """The whole command line of the call, where it runs: another one needs its own grant."""
    call = case.request.call
    text = call.input.get("command")
    if not isinstance(text, str) or not text.strip():
        return None
    return _item(ItemKind.COMMAND, text, call.tool, call.cwd)


def _call(case: Case) -> Item:
    """The whole call, in one spelling: the same tool with other arguments needs its own grant."""
    call = case.request.call
    given = json.dumps(call.input, sort_keys=True, ensure_ascii=False)
    return _item(ItemKind.MCP, f"{call.tool} {given}")


def _taken_out(effect: Effect, case: Case) -> bool:
    """Whether the contract itself says of a place that it is not to be changed."""
    path = case.request.resolved(effect.target)
    if effect.kind is EffectKind.READ or path is None or path.relative is None:
        return False
    negated = tuple(text[1:] for text in case.contract.scope.edit if text.startswith("!"))
    return get_patterns((*negated, *case.contract.exclude)).matches(path.relative)


def _path(effect: Effect, case: Case) -> Item | None:
    path = case.request.resolved(effect.target)
    return None if path is None else _item(_PATHS[effect.kind], name_of(path))


def _item(kind: ItemKind, subject: str, *place: str) -> Item:
    whole = json.dumps([kind.value, subject, *place])
    return Item(kind, subject, digest_of(whole.encode("ascii")))


def _granted(grant: Grant) -> Reason:
    message = f"a person granted it ({grant.id}, {grant.granter.established.value})"
    return Reason("grant.covers", Outcome.ALLOW, short(grant.item.subject), message)
