"""Contract files: TOML text to the contract value and back, and its frozen form."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter, ValidationError

from remit.codec import toml_write
from remit.codec.canonical import canonical
from remit.codec.contract_schema import (
    BudgetTable,
    CheckTable,
    CommandsTable,
    ContractFile,
    EvidenceTable,
    McpTable,
    RollbackTable,
    ScopeTable,
    known_keys,
)
from remit.codec.schema import problems_of
from remit.codec.toml import Document, load
from remit.codec.toml_scan import Path, Positions
from remit.errors import InvalidDocument, Problem
from remit.model.contract import (
    Budget,
    Check,
    Commands,
    Contract,
    Evidence,
    McpServer,
    People,
    Rollback,
    Scope,
    Shows,
    Stop,
    Tools,
)
from remit.model.digest import Digest, digest_of
from remit.model.json import Json
from remit.model.limits import LIMITS, Limit, Unit
from remit.model.quantity import format_duration, parse_duration, parse_money

_REMEDY = "correct these lines, then run `remit check` again"


@cache
def _adapter() -> TypeAdapter[Contract]:
    return TypeAdapter(Contract)


@dataclass(frozen=True, slots=True)
class Examined:
    """A contract file as far as it could be read.

    ``contract`` holds every line that is valid, so that later checks can speak about those
    too; it may be used to run only where ``problems`` is empty.
    """

    contract: Contract
    problems: tuple[Problem, ...]
    positions: Positions


def parse(text: str, source: str) -> Contract:
    """The contract in ``text``. Raises InvalidDocument with every problem at once."""
    examined = examine(text, source)
    if examined.problems:
        raise InvalidDocument(source, examined.problems, _REMEDY)
    return examined.contract


def examine(text: str, source: str) -> Examined:
    """What ``text`` holds and everything wrong with it; raises only where it is no TOML."""
    document = load(text, source)
    shape, found = _shape(document)
    problems = [problem for _, problem in found]
    broken = {path for path, _ in found}
    problems += [p for path, p in _whole(document, shape) if not _covered(path, broken)]
    problems += [document.problem(*fault) for fault in repeated_names(document.values)]
    problems.sort(key=lambda problem: problem.line or 10**9)
    return Examined(_contract(shape), tuple(problems), document.positions)


def freeze(contract: Contract) -> tuple[bytes, Digest]:
    """Canonical bytes of the contract, independent of how its TOML was written, and digest."""
    frozen = canonical(contract_json(contract))
    return frozen, digest_of(frozen)


def contract_json(contract: Contract) -> Json:
    """The contract as plain JSON values, every default spelled out."""
    value: dict[str, dict[str, Json]] = _adapter().dump_python(contract, mode="json")
    default = Budget()
    for name in _LATER_LINES:
        if getattr(contract.budget, name) == getattr(default, name):
            del value["budget"][name]
    return value


_LATER_LINES = ("wait_s", "deadline_s", "tokens", "calls", "subagents", "depth", "soft_percent")
"""Contracts that were frozen before there were these lines keep their digest."""


def dump(contract: Contract, header: Iterable[str] = ()) -> str:
    """The contract as TOML; ``parse`` gives back an equal contract. ``header`` are comments."""
    return toml_write.document(_lines(contract), header)


def _shape(document: Document) -> tuple[ContractFile, tuple[tuple[Path, Problem], ...]]:
    """The valid part of the file and what is wrong with the rest."""
    try:
        return ContractFile.model_validate(document.values), ()
    except ValidationError as error:
        found = problems_of(error, document, known_keys)
    sound = _without(document.values, [path for path, _ in found])
    return ContractFile.model_validate(sound), found


def _without(values: object, paths: Iterable[Path]) -> object:
    """A copy of ``values`` without what stands at ``paths``; a broken check goes as a whole."""
    pruned = deepcopy(values)
    # Later list items first, so that earlier indices stay true.
    for path in sorted({_removable(path) for path in paths}, key=repr, reverse=True):
        _remove(pruned, path)
    return pruned


def _removable(path: Path) -> Path:
    for at, part in enumerate(path):
        if isinstance(part, int):
            return path[:at]
    return tuple(part for part in path if part != "[key]")


def _remove(values: object, path: Path) -> None:
    for part in path[:-1]:
        if not isinstance(values, dict) or part not in values:
            return
        values = values[part]
    if isinstance(values, dict):
        values.pop(path[-1], None)


def _covered(path: Path, broken: set[Path]) -> bool:
    """Whether something at, above or below ``path`` was reported already."""
    return any(path[: len(other)] == other or other[: len(path)] == path for other in broken)


def _whole(document: Document, shape: ContractFile) -> list[tuple[Path, Problem]]:
    """What only the whole file can show: missing lines and lines that exclude each other."""
    found: list[tuple[Path, str, str]] = []
    if shape.goal is None:
        found.append((("goal",), "is missing", 'add `goal = "…"`: one outcome, one sentence'))
    if not shape.scope.edit:
        fix = 'add `edit = ["src/…"]` under [scope]: what may be changed'
        found.append((("scope", "edit"), "names nothing that may be changed", fix))
    found += _evidence_faults(shape.evidence)
    for name, server in shape.mcp.items():
        if bool(server.command) == (server.url is not None):
            message = "has both a command and a url" if server.command else "has no command or url"
            found.append((("mcp", name), message, "write exactly one of `command` and `url`"))
        if both := sorted({*server.tools} & {*server.writes}):
            message = f"lists {both[0]} as a tool that looks and as one that changes something"
            found.append((("mcp", name), message, "keep it under `writes` alone"))
    return [(path, document.problem(path, message, fix)) for path, message, fix in found]


def _evidence_faults(evidence: EvidenceTable) -> list[tuple[Path, str, str]]:
    found: list[tuple[Path, str, str]] = []
    if not evidence.checks and evidence.none is None:
        fix = 'add [[evidence.checks]] with name and command, or `none = "why"` under [evidence]'
        found.append((("evidence", "checks"), "no check says when this is done", fix))
    if evidence.checks and evidence.none is not None:
        fix = "remove `none`, or remove the checks"
        found.append((("evidence", "none"), "stands beside checks", fix))
    return found


def repeated_names(values: object) -> list[tuple[Path, str, str]]:
    """Checks with a name that another has; looked for in the raw file, so that a check that is
    broken otherwise is seen as well."""
    evidence = values.get("evidence") if isinstance(values, dict) else None
    checks = evidence.get("checks") if isinstance(evidence, dict) else None
    found: list[tuple[Path, str, str]] = []
    seen: set[str] = set()
    for index, check in enumerate(checks if isinstance(checks, list) else ()):
        name = check.get("name") if isinstance(check, dict) else None
        if isinstance(name, str) and name in seen:
            path: Path = ("evidence", "checks", index, "name")
            found.append((path, f"{name!r} is used twice", "give each check its own name"))
        elif isinstance(name, str):
            seen.add(name)
    return found


def _contract(shape: ContractFile) -> Contract:
    people = shape.people
    return Contract(
        goal=(shape.goal or "").strip(),
        keep=tuple(shape.keep),
        exclude=tuple(shape.exclude),
        people=People(people.delegator, people.reviewer, people.owner),
        scope=_scope(shape.scope),
        commands=_commands(shape.commands),
        tools=Tools(tuple(shape.tools.allow), tuple(shape.tools.deny)),
        mcp=tuple(mcp_server(name, table) for name, table in sorted(shape.mcp.items())),
        hosts=tuple(host.lower() for host in shape.network.hosts),
        budget=_budget(shape.budget),
        stop=Stop(tuple(shape.stop.zones), tuple(shape.stop.paths), tuple(shape.stop.allow_zones)),
        evidence=_evidence(shape.evidence),
        rollback=_rollback(shape.rollback),
        environment=tuple(shape.environment),
        acknowledged_by=shape.acknowledged_by,
    )


def _scope(table: ScopeTable) -> Scope:
    read = Scope().read if table.read is None else tuple(table.read)
    return Scope(tuple(table.edit), read, tuple(table.artifacts))


def _commands(table: CommandsTable) -> Commands:
    return Commands(tuple(table.free), tuple(table.ask), tuple(table.never), table.exact)


def mcp_server(name: str, table: McpTable) -> McpServer:
    """The server a ``[mcp.NAME]`` table describes."""
    return McpServer(
        name,
        tuple(table.command),
        table.url or "",
        tuple(table.env),
        tuple(table.tools),
        tuple(table.writes),
        table.data or "",
    )


def _budget(table: BudgetTable) -> Budget:
    default = Budget()
    return Budget(
        time_s=parse_duration(table.time) if table.time else default.time_s,
        spend_micro_usd=parse_money(table.spend) if table.spend else None,
        attempts=default.attempts if table.attempts is None else table.attempts,
        attempts_total=table.attempts_total,
        files_inspected=table.files,
        patch_lines=table.patch_lines,
        deadline_s=parse_duration(table.deadline) if table.deadline else None,
        tokens=table.tokens,
        calls=table.calls,
        subagents=table.subagents,
        depth=table.depth,
        soft_percent=table.soft or default.soft_percent,
        wait_s=parse_duration(table.wait) if table.wait else default.wait_s,
    )


def check_of(table: CheckTable) -> Check:
    """The check a ``[[evidence.checks]]`` table describes."""
    time_s = parse_duration(table.time) if table.time else Check("", "").time_s
    return Check(table.name, table.command, Shows(table.shows), time_s)


def _evidence(table: EvidenceTable) -> Evidence:
    checks = tuple(check_of(check) for check in table.checks)
    return Evidence(
        checks, table.none or "", table.prepare or "", tuple(table.share), table.attempt_note
    )


def _rollback(table: RollbackTable) -> Rollback:
    return Rollback(
        change=table.change or "",
        undo=table.undo or "",
        data_risk=table.data_risk or "",
        trigger=table.trigger or "",
        owner=table.owner or "",
        verify=table.verify or "",
        stop_before=tuple(table.stop_before),
    )


def _lines(contract: Contract) -> dict[str, toml_write.Value]:
    people, scope, commands, stop = (
        contract.people,
        contract.scope,
        contract.commands,
        contract.stop,
    )
    return {
        "schema": contract.schema,
        "goal": contract.goal,
        "keep": contract.keep,
        "not": contract.exclude,
        "environment": contract.environment,
        "acknowledged_by": contract.acknowledged_by,
        "people": {
            "delegator": people.delegator,
            "reviewer": people.reviewer,
            "owner": people.owner,
        },
        "scope": {"edit": scope.edit, "read": _read_line(scope.read)}
        | {"artifacts": scope.artifacts},
        "commands": {"free": commands.free, "ask": commands.ask, "never": commands.never}
        | {"exact": commands.exact or None},
        "tools": {"allow": contract.tools.allow, "deny": contract.tools.deny},
        "mcp": {server.name: _mcp_lines(server) for server in contract.mcp},
        "network": {"hosts": contract.hosts},
        "budget": _budget_lines(contract.budget),
        "stop": {"zones": stop.zones, "paths": stop.paths, "allow_zones": stop.allow_zones},
        "evidence": _evidence_lines(contract.evidence),
        "rollback": _rollback_lines(contract.rollback),
    }


def _read_line(read: tuple[str, ...]) -> toml_write.Value:
    """Left out where it is the default; an empty list is not the default and must be said."""
    if read == Scope().read:
        return None
    return read or toml_write.NOTHING


def _mcp_lines(server: McpServer) -> dict[str, toml_write.Value]:
    where: dict[str, toml_write.Value] = {"command": server.command, "url": server.url or None}
    return where | {
        "env": server.env,
        "tools": server.tools,
        "writes": server.writes or None,
        "data": server.data or None,
    }


def _budget_lines(budget: Budget) -> dict[str, toml_write.Value]:
    default = Budget()
    lines: dict[str, toml_write.Value] = {
        limit.name: _limit_line(limit, limit.of(budget)) for limit in LIMITS
    }
    return lines | {
        "wait": None if budget.wait_s == default.wait_s else format_duration(budget.wait_s),
        "soft": None if budget.soft_percent == default.soft_percent else budget.soft_percent,
    }


def _limit_line(limit: Limit, amount: int | None) -> toml_write.Value:
    if amount is None or limit.unit is Unit.COUNT:
        return amount
    return limit.spelled(amount).removeprefix("$")


def _evidence_lines(evidence: Evidence) -> dict[str, toml_write.Value]:
    return {
        "none": evidence.none or None,
        "prepare": evidence.prepare or None,
        "share": evidence.share,
        "attempt_note": evidence.attempt_note or None,
        "checks": [_check_lines(check) for check in evidence.checks],
    }


def _check_lines(check: Check) -> dict[str, toml_write.Value]:
    return {
        "name": check.name,
        "command": check.command,
        "shows": str(check.shows),
        "time": format_duration(check.time_s),
    }


def _rollback_lines(rollback: Rollback) -> dict[str, toml_write.Value]:
    return {
        "change": rollback.change or None,
        "undo": rollback.undo or None,
        "data_risk": rollback.data_risk or None,
        "trigger": rollback.trigger or None,
        "owner": rollback.owner or None,
        "verify": rollback.verify or None,
        "stop_before": rollback.stop_before,
    }
