"""A contract inside a policy: what the policy adds, and where the contract asks for more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from remit.errors import Problem
from remit.model.contract import Budget, Check, Contract, Scope
from remit.model.limits import LIMITS
from remit.model.policy import Ceiling, Policy
from remit.policy.covers import command_covers, host_covers, path_covers, paths_meet, same
from remit.policy.layers import Covers, Merged, described, server_covers


@dataclass(frozen=True, slots=True)
class Bounded:
    """The contract with what the policy adds, and every line that asks for too much."""

    contract: Contract
    problems: tuple[Problem, ...]


def widest(contract: Contract, policy: Policy) -> Contract:
    """``contract`` with every list that the policy bounds taken as far as it permits."""
    scope, commands = contract.scope, contract.commands
    return replace(
        contract,
        scope=replace(scope, edit=scope.edit if policy.edit is None else policy.edit),
        commands=replace(commands, free=commands.free if policy.free is None else policy.free),
        mcp=contract.mcp if policy.mcp is None else policy.mcp,
        hosts=contract.hosts if policy.hosts is None else policy.hosts,
        evidence=replace(contract.evidence, checks=tuple(known.check for known in policy.checks)),
    )


def bound(contract: Contract, merged: Merged) -> Bounded:
    """``contract`` under the policy. Lines it leaves open are filled from the policy; what the
    policy forbids is joined to it; a line that permits more is a problem."""
    filled = _fill(contract, merged.policy)
    problems = (*_wider_lists(filled, merged), *_budget_faults(filled, merged))
    return Bounded(_forbid(filled, merged.policy), (*problems, *_mcp_faults(filled, merged)))


def _fill(contract: Contract, policy: Policy) -> Contract:
    scope, evidence, tools = contract.scope, contract.evidence, contract.tools
    if scope.read == Scope().read and policy.read is not None:
        scope = replace(scope, read=policy.read)
    if not scope.artifacts and policy.artifacts:
        scope = replace(scope, artifacts=policy.artifacts)
    if not tools.allow and policy.tools_allow:
        tools = replace(tools, allow=policy.tools_allow)
    if not evidence.share and policy.share:
        evidence = replace(evidence, share=policy.share)
    if not evidence.prepare and policy.prepare:
        evidence = replace(evidence, prepare=policy.prepare)
    budget = filled_budget(contract.budget, policy.ceiling)
    return replace(contract, scope=scope, tools=tools, evidence=evidence, budget=budget)


def filled_budget(budget: Budget, ceiling: Ceiling) -> Budget:
    """``budget`` under ``ceiling``. Open lines take the ceiling; a default above it comes down."""
    default = Budget()
    filled = {
        limit.field: _open_line(limit.of(budget), limit.of(default), limit.of(ceiling))
        for limit in LIMITS
    }
    return replace(budget, **{field: top for field, top in filled.items() if top is not None})


def _open_line(own: int | None, default: int | None, top: int | None) -> int | None:
    if top is None:
        return own
    if own is None:
        return top
    return min(own, top) if own == default else own


def _forbid(contract: Contract, policy: Policy) -> Contract:
    commands, stop, tools = contract.commands, contract.stop, contract.tools
    unread = tuple(f"!{pattern}" for pattern in policy.never_read)
    return replace(
        contract,
        scope=replace(contract.scope, read=_joined(contract.scope.read, unread)),
        commands=replace(
            commands,
            ask=_joined(commands.ask, policy.ask),
            never=_joined(commands.never, policy.never),
            exact=commands.exact or policy.exact,
        ),
        tools=replace(tools, deny=_joined(tools.deny, policy.tools_deny)),
        stop=replace(
            stop,
            zones=_joined(stop.zones, policy.zones),
            paths=_joined(stop.paths, (*policy.stop_paths, *policy.never_edit)),
        ),
        evidence=replace(
            contract.evidence, checks=(*contract.evidence.checks, *_required(contract, policy))
        ),
    )


def _joined(own: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*own, *more)))


def _required(contract: Contract, policy: Policy) -> tuple[Check, ...]:
    """Required checks that serve what the contract edits and that it does not have yet."""
    has = {check.command for check in contract.evidence.checks}
    names = {check.name for check in contract.evidence.checks}
    return tuple(
        replace(known.check, name=_free_name(known.check.name, names))
        for known in policy.checks
        if known.required and known.check.command not in has and _serves(known.paths, contract)
    )


def _free_name(name: str, taken: set[str]) -> str:
    return name if name not in taken else f"{name} (policy)"


def _serves(paths: Sequence[str], contract: Contract) -> bool:
    if not paths:
        return True
    return any(paths_meet(path, edit) for path in paths for edit in contract.scope.edit)


def _wider_lists(contract: Contract, merged: Merged) -> Iterator[Problem]:
    policy, scope, opened = merged.policy, contract.scope, contract.stop.allow_zones
    lists: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...] | None, Covers], ...] = (
        ("scope.edit", "scope.edit", scope.edit, policy.edit, path_covers),
        ("scope.read", "scope.read", scope.read, policy.read, path_covers),
        ("scope.artifacts", "scope.artifacts", scope.artifacts, policy.artifacts, path_covers),
        ("commands.free", "commands.free", contract.commands.free, policy.free, command_covers),
        ("tools.allow", "tools.allow", contract.tools.allow, policy.tools_allow, same),
        ("network.hosts", "network.hosts", contract.hosts, policy.hosts, host_covers),
        ("environment", "environment", contract.environment, policy.environment, same),
        ("stop.allow_zones", "stop.allow_zones", opened, policy.allow_zones, same),
        ("evidence.share", "evidence.share", contract.evidence.share, policy.share, path_covers),
    )
    for key, policy_key, own, permitted, covers in lists:
        for index, item in enumerate(own if permitted is not None else ()):
            if not any(covers(wide, item) for wide in permitted or ()):
                yield _problem(f"{key}[{index}]", repr(item), policy_key, merged)
    for index, item in enumerate(contract.scope.edit):
        for never in policy.never_edit:
            if path_covers(never, item):
                yield _problem(f"scope.edit[{index}]", repr(item), "scope.never_edit", merged)


def _budget_faults(contract: Contract, merged: Merged) -> Iterator[Problem]:
    for limit in LIMITS:
        own, top = limit.of(contract.budget), limit.of(merged.policy.ceiling)
        if top is not None and own is not None and own > top:
            key = f"budget.{limit.name}"
            yield _problem(key, limit.spelled(own), f"limits.{limit.name}", merged)


def _mcp_faults(contract: Contract, merged: Merged) -> Iterator[Problem]:
    permitted = merged.policy.mcp
    for server in contract.mcp if permitted is not None else ():
        if not any(server_covers(upper, server) for upper in permitted or ()):
            yield _problem(f"mcp.{server.name}", "this server", "mcp", merged)


def _problem(key: str, what: str, policy_key: str, merged: Merged) -> Problem:
    origin = merged.origin(policy_key)
    forbids = described(origin) if origin else "the policy"
    fix = f"narrow it, or ask for a change of {forbids}"
    return Problem(key, f"{what} is more than {forbids} permits", fix)
