"""Policies in layers: organisation over repository over user over contract.

A lower layer only narrows. What forbids (``never``, ``ask``, zones, stop paths) is joined;
what permits is cut to what every upper layer that speaks of it permits; a ceiling is the
lowest; a check named above keeps its command. A line that would widen is left out of the
merged policy and reported with the layer that forbids it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from remit.errors import Problem
from remit.model.contract import McpServer
from remit.model.limits import LIMITS
from remit.model.policy import Ceiling, Origin, Policy, PolicyCheck, PolicyFile, PolicyLayer
from remit.policy.covers import command_covers, host_covers, path_covers, same


@dataclass(frozen=True, slots=True)
class Widening:
    """A line of ``source`` that would permit more than a layer above it."""

    source: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """One line of the merged policy and where it comes from, strongest layer first."""

    key: str
    value: str
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """All layers as one policy."""

    policy: Policy
    lines: tuple[PolicyLine, ...] = ()
    widenings: tuple[Widening, ...] = ()

    def origin(self, key: str) -> Origin | None:
        """Where the first line of ``key`` comes from."""
        found = [line.origins[0] for line in self.lines if line.key == key and line.origins]
        return found[0] if found else None


Covers = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Key:
    """A list of the policy: its TOML key, its field, and how one item covers another.

    ``covers`` None means that the list forbids and layers are joined.
    """

    key: str
    field: str
    covers: Covers | None = None


KEYS: Final = (
    Key("scope.read", "read", path_covers),
    Key("scope.edit", "edit", path_covers),
    Key("scope.never_read", "never_read"),
    Key("scope.never_edit", "never_edit"),
    Key("scope.artifacts", "artifacts", path_covers),
    Key("scope.outputs", "outputs"),
    Key("commands.free", "free", command_covers),
    Key("commands.ask", "ask"),
    Key("commands.never", "never"),
    Key("tools.allow", "tools_allow", same),
    Key("tools.deny", "tools_deny"),
    Key("network.hosts", "hosts", host_covers),
    Key("environment", "environment", same),
    Key("stop.zones", "zones"),
    Key("stop.paths", "stop_paths"),
    Key("stop.allow_zones", "allow_zones", same),
    Key("evidence.share", "share", path_covers),
    Key("decide.low", "decide_low", same),
    Key("decide.standard", "decide_standard", same),
    Key("decide.high", "decide_high", same),
    Key("decide.another", "decide_another"),
    Key("decide.presence", "decide_presence"),
    Key("decide.revoked", "revoked"),
)
CEILINGS: Final = {f"limits.{limit.name}": limit for limit in LIMITS}


def items(policy: Policy, key: Key) -> tuple[str, ...] | None:
    """The list of ``key``; None where the policy says nothing."""
    value: tuple[str, ...] | None = getattr(policy, key.field)
    return value


def merge(files: Sequence[PolicyFile]) -> Merged:
    """The policy in force. ``files`` come in any order; each layer at most once."""
    order = list(PolicyLayer)
    ranked = sorted(files, key=lambda file: order.index(file.layer))
    policy = Policy()
    above: list[PolicyFile] = []
    widenings: list[Widening] = []
    for file in ranked:
        policy, found = _narrow(policy, file, above)
        widenings += [Widening(file.source, problem) for problem in found]
        above.append(file)
    return Merged(policy, tuple(_lines(policy, ranked)), tuple(widenings))


def _narrow(
    policy: Policy, file: PolicyFile, above: Sequence[PolicyFile]
) -> tuple[Policy, list[Problem]]:
    problems: list[Problem] = []
    lists: dict[str, Any] = {}
    for key in KEYS:
        lists[key.field], found = _join(policy, file, key, above)
        problems += found
    ceiling, found = _ceiling(policy, file, above)
    problems += found
    checks, found = _checks(policy, file, above)
    problems += found
    mcp, found = _mcp(policy, file, above)
    problems += found
    narrowed = replace(
        policy,
        ceiling=ceiling,
        checks=checks,
        mcp=mcp,
        exact=policy.exact or file.policy.exact,
        prepare=policy.prepare or file.policy.prepare,
        areas=policy.areas + file.policy.areas,
        allowances=policy.allowances + file.policy.allowances,
        signers=policy.signers or file.policy.signers,
        **lists,
    )
    if policy.signers and file.policy.signers not in ("", policy.signers):
        problems.append(_widens(file, "decide.signers", "another file", above))
    if policy.prepare and file.policy.prepare not in ("", policy.prepare):
        problems.append(_widens(file, "evidence.prepare", "another command", above))
    return narrowed, problems


def _join(
    policy: Policy, file: PolicyFile, key: Key, above: Sequence[PolicyFile]
) -> tuple[tuple[str, ...] | None, list[Problem]]:
    upper, own = items(policy, key), items(file.policy, key)
    if own is None:
        return upper, []
    if key.covers is None:
        return tuple(dict.fromkeys((*(upper or ()), *own))), []
    if upper is None:
        return own, []
    kept, problems = [], []
    for index, item in enumerate(own):
        if any(key.covers(wide, item) for wide in upper):
            kept.append(item)
        else:
            problems.append(_widens(file, key.key, repr(item), above, index))
    return tuple(kept), problems


def _ceiling(
    policy: Policy, file: PolicyFile, above: Sequence[PolicyFile]
) -> tuple[Ceiling, list[Problem]]:
    lowest: dict[str, int | None] = {}
    problems = []
    for key, limit in CEILINGS.items():
        upper, own = limit.of(policy.ceiling), limit.of(file.policy.ceiling)
        if upper is not None and own is not None and own > upper:
            problems.append(_widens(file, key, limit.spelled(own), above))
        said = [value for value in (upper, own) if value is not None]
        lowest[limit.field] = min(said, default=None)
    return Ceiling(**lowest), problems


def _checks(
    policy: Policy, file: PolicyFile, above: Sequence[PolicyFile]
) -> tuple[tuple[PolicyCheck, ...], list[Problem]]:
    by_name = {known.check.name: known for known in policy.checks}
    problems = []
    for index, own in enumerate(file.policy.checks):
        upper = by_name.setdefault(own.check.name, own)
        if upper.check != own.check:
            key = f"evidence.checks[{index}]"
            problems.append(_widens(file, key, f"another {own.check.name!r}", above))
        elif own.required:
            by_name[own.check.name] = replace(upper, required=True)
    return tuple(by_name.values()), problems


def _mcp(
    policy: Policy, file: PolicyFile, above: Sequence[PolicyFile]
) -> tuple[tuple[McpServer, ...] | None, list[Problem]]:
    if policy.mcp is None or file.policy.mcp is None:
        return (file.policy.mcp if policy.mcp is None else policy.mcp), []
    kept, problems = [], []
    for own in file.policy.mcp:
        if any(server_covers(upper, own) for upper in policy.mcp):
            kept.append(own)
        else:
            problems.append(_widens(file, f"mcp.{own.name}", "this server", above))
    return tuple(kept), problems


def server_covers(wide: McpServer, narrow: McpServer) -> bool:
    """The same server, with no more tools and no more variables, and its data of the same class."""
    started = (wide.name, wide.command, wide.url) == (narrow.name, narrow.command, narrow.url)
    lists = ((wide.tools, narrow.tools), (wide.writes, narrow.writes), (wide.env, narrow.env))
    fewer = all(set(theirs) <= set(ours) for ours, theirs in lists)
    return started and fewer and wide.data in ("", narrow.data)


def _widens(
    file: PolicyFile, key: str, what: str, above: Sequence[PolicyFile], index: int | None = None
) -> Problem:
    by = next((_origin(upper, key) for upper in above if _speaks(upper, key)), None)
    forbids = described(by) if by else "the layer above"
    place = key if index is None else f"{key}[{index}]"
    line = file.lines.get(place) or file.lines.get(key)
    message = f"{what} is more than {forbids} permits"
    return Problem(place, message, f"narrow it, or ask for a change of {forbids}", line)


def _speaks(file: PolicyFile, key: str) -> bool:
    table = key.split("[")[0]
    return any(line == table or line.startswith((table + "[", table + ".")) for line in file.lines)


def _origin(file: PolicyFile, key: str) -> Origin:
    table = key.split("[")[0]
    return Origin(file.layer, file.source, file.lines.get(key) or file.lines.get(table))


def described(origin: Origin) -> str:
    """``the organisation policy (/etc/remit/policy.toml:12)``."""
    place = f"{origin.source}:{origin.line}" if origin.line else origin.source
    return f"the {origin.layer} policy ({place})"


def _lines(policy: Policy, files: Sequence[PolicyFile]) -> Iterator[PolicyLine]:
    for key in KEYS:
        permitted = items(policy, key)
        if permitted == () and key.covers is not None:
            origins = tuple(_origin(f, key.key) for f in files if items(f.policy, key) is not None)
            yield PolicyLine(key.key, "nothing", origins)
        for value in permitted or ():
            yield PolicyLine(key.key, value, _origins(files, key, value))
    if policy.exact:
        speakers = tuple(_origin(f, "commands.exact") for f in files if f.policy.exact)
        yield PolicyLine("commands.exact", "true", speakers)
    for name, limit in CEILINGS.items():
        top = limit.of(policy.ceiling)
        if top is not None:
            speakers = tuple(_origin(f, name) for f in files if limit.of(f.policy.ceiling) == top)
            yield PolicyLine(name, limit.spelled(top), speakers)
    yield from _named_lines(policy, files)


def _origins(files: Sequence[PolicyFile], key: Key, value: str) -> tuple[Origin, ...]:
    origins = []
    for file in files:
        own = items(file.policy, key) or ()
        if value in own:
            origins.append(_origin(file, f"{key.key}[{own.index(value)}]"))
    return tuple(origins)


def _named_lines(policy: Policy, files: Sequence[PolicyFile]) -> Iterator[PolicyLine]:
    for server in policy.mcp or ():
        named = [f for f in files if server in (f.policy.mcp or ())]
        key = f"mcp.{server.name}"
        what = server.url or " ".join(server.command)
        yield PolicyLine(key, what, tuple(_origin(file, key) for file in named))
    for known in policy.checks:
        yield PolicyLine("evidence.checks", _check_text(known), _check_origins(files, known))
    if policy.prepare:
        named = [file for file in files if file.policy.prepare == policy.prepare]
        origins = tuple(_origin(file, "evidence.prepare") for file in named)
        yield PolicyLine("evidence.prepare", policy.prepare, origins)
    if policy.signers:
        named = [file for file in files if file.policy.signers == policy.signers]
        origins = tuple(_origin(file, "decide.signers") for file in named)
        yield PolicyLine("decide.signers", policy.signers, origins)
    for file in files:
        for index, area in enumerate(file.policy.areas):
            people = ", ".join((*area.reviewers, *area.owners))
            text = f"{area.name}: {' '.join(area.paths)} -> {people or 'nobody named'}"
            yield PolicyLine("areas", text, (_origin(file, f"areas[{index}]"),))


def _check_text(known: PolicyCheck) -> str:
    return f"{known.check.name}: {known.check.command}" + (" (required)" if known.required else "")


def _check_origins(files: Sequence[PolicyFile], known: PolicyCheck) -> tuple[Origin, ...]:
    origins = []
    for file in files:
        names = [own.check.name for own in file.policy.checks if own.check == known.check]
        if known.check.name in names:
            every = [own.check.name for own in file.policy.checks]
            origins.append(_origin(file, f"evidence.checks[{every.index(known.check.name)}]"))
    return tuple(origins)
