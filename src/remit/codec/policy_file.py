"""Policy files: TOML text to one layer's policy, with the line of each key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from remit.codec.contract import check_of, mcp_server, repeated_names
from remit.codec.contract_schema import CheckTable, McpTable, Version
from remit.codec.schema import (
    Amount,
    Count,
    Duration,
    Freed,
    Held,
    Host,
    Money,
    Pattern,
    Prose,
    Table,
    Text,
    Variable,
    Zone,
    keys_of,
    problems_of,
)
from remit.codec.toml import Document, dotted, load
from remit.codec.toml_scan import Path
from remit.errors import InvalidDocument, Problem
from remit.model.allowance import REPOSITORY, USER, Allowance, Period
from remit.model.policy import Area, Ceiling, Policy, PolicyCheck, PolicyFile, PolicyLayer
from remit.model.quantity import parse_duration, parse_money


class ScopeTable(Table):
    """Git-style path patterns relative to the repository root."""

    read: list[Pattern] | None = Field(default=None, description="The most that may be read.")
    edit: list[Pattern] | None = Field(default=None, description="The most that may be edited.")
    never_read: list[Pattern] = Field(default=[], description="Never read, and not edited either.")
    never_edit: list[Pattern] = Field(default=[], description="Never edited; a try ends the run.")
    artifacts: list[Pattern] | None = Field(
        default=None, description="Ignored places that tools write in passing."
    )
    outputs: list[Pattern] = Field(
        default=[], description="Tracked build output; never proposed for editing."
    )


class CommandsTable(Table):
    """Command prefixes, or whole commands ("=npm test"); never beats ask beats free."""

    free: list[Freed] | None = Field(default=None, description="The most that may run unasked.")
    ask: list[Held] = Field(default=[], description="Wait for a person.")
    never: list[Held] = Field(default=[], description="Refused.")
    exact: bool = Field(default=False, description="Nothing outside free runs unasked.")


class ToolsTable(Table):
    """The agent's own tools, by name."""

    allow: list[Text] | None = Field(default=None, description="Only these.")
    deny: list[Text] = Field(default=[], description="Never these.")


class NetworkTable(Table):
    """Hosts that may be reached."""

    hosts: list[Host] | None = Field(default=None, description="The most that may be reached.")


class LimitsTable(Table):
    """The most a contract may take."""

    time: Duration | None = Field(default=None, description='Such as "30m".')
    spend: Money | None = Field(default=None, description='Dollars, such as "5.00".')
    attempts: Count | None = Field(default=None, description="After the first failure.")
    attempts_total: Count | None = Field(default=None, description="That taught nothing, per run.")
    files: Amount | None = Field(default=None, description="Files inspected.")
    patch_lines: Amount | None = Field(default=None, description="Changed lines.")
    deadline: Duration | None = Field(default=None, description="From a run's start to its end.")
    tokens: Amount | None = Field(default=None, description="Read and written by the model.")
    calls: Amount | None = Field(default=None, description="Tool calls.")
    subagents: Count | None = Field(default=None, description="Subagents that may be started.")
    depth: Count | None = Field(default=None, description="How far subagents may start others.")
    day: Money | None = Field(
        default=None, description="Dollars of all runs in a calendar day together."
    )
    month: Money | None = Field(default=None, description="The same for a calendar month.")
    timezone: Zone = Field(
        default="UTC", description='Where days and months begin, such as "Europe/Zurich".'
    )


class StopTable(Table):
    """What ends a run."""

    zones: list[Text] = Field(default=[], description="Further sensitive areas, by name.")
    paths: list[Pattern] = Field(default=[], description="Paths that end a run when touched.")
    allow_zones: list[Text] | None = Field(
        default=None, description="Zones a contract may open by name."
    )


class PolicyCheckTable(CheckTable):
    """A named check, and what it serves."""

    paths: list[Pattern] = Field(default=[], description="What it serves; empty: everything.")
    targeted: Prose | None = Field(
        default=None, description="The command for chosen test files; {paths} stands for them."
    )
    required: bool = Field(default=False, description="Part of every contract it serves.")


class EvidenceTable(Table):
    """How checks run here."""

    prepare: Prose | None = Field(default=None, description="Run once before the checks.")
    share: list[Pattern] | None = Field(default=None, description="Dependency folders to lend.")
    checks: list[PolicyCheckTable] = Field(default=[], description="Named checks.")


class AreaTable(Table):
    """Who answers for a part of the repository."""

    name: Text
    paths: list[Pattern]
    reviewers: list[Text] = Field(default=[], description="Who may judge.")
    owners: list[Text] = Field(default=[], description="Who carries the risk.")


Way = Literal["terminal", "peer", "signed"]
Class = Literal["low", "standard", "high"]


class DecideTable(Table):
    """Whose yes counts. Above the low class peer is never enough."""

    low: list[Way] | None = Field(default=None, description="Ways that suffice.")
    standard: list[Way] | None = Field(
        default=None, description="Without this line: terminal, signed."
    )
    high: list[Way] | None = Field(default=None, description="Without this line: terminal, signed.")
    another: list[Class] = Field(
        default=[], description="Classes in which who started the run does not decide."
    )
    presence: list[Class] = Field(
        default=[], description="Classes in which a signing key must show a touch (FIDO)."
    )
    signers: Text | None = Field(
        default=None,
        description="An allowed-signers file of OpenSSH; not in a repository's policy.",
    )
    revoked: Text | None = Field(
        default=None, description="Keys that count no more: a KRL, or public keys. Likewise."
    )


class PolicyTable(Table):
    """A Remit delegation policy: what contracts are drafted from and bounded by."""

    version: Version = Field(default=1, alias="schema", description="Version of this format.")
    environment: list[Variable] | None = Field(
        default=None, description="Names of variables an agent may see."
    )
    scope: ScopeTable = ScopeTable()
    commands: CommandsTable = CommandsTable()
    tools: ToolsTable = ToolsTable()
    mcp: dict[Text, McpTable] | None = Field(default=None, description="MCP servers by name.")
    network: NetworkTable = NetworkTable()
    limits: LimitsTable = LimitsTable()
    stop: StopTable = StopTable()
    evidence: EvidenceTable = EvidenceTable()
    decide: DecideTable = DecideTable()
    areas: list[AreaTable] = Field(default=[], description="Reviewers and owners by area.")


_TABLES: Final[dict[tuple[str, ...], type[BaseModel]]] = {
    (): PolicyTable,
    ("scope",): ScopeTable,
    ("commands",): CommandsTable,
    ("tools",): ToolsTable,
    ("network",): NetworkTable,
    ("limits",): LimitsTable,
    ("stop",): StopTable,
    ("evidence",): EvidenceTable,
    ("evidence", "checks"): PolicyCheckTable,
    ("decide",): DecideTable,
    ("areas",): AreaTable,
}


def known_keys(path: Path) -> tuple[str, ...]:
    """The lines a table may have."""
    names = tuple(part for part in path if isinstance(part, str))
    if names[:1] == ("mcp",):
        return keys_of(McpTable) if len(names) > 1 else ()
    model = _TABLES.get(names)
    return keys_of(model) if model is not None else ()


def parse_policy(text: str, source: str, layer: PolicyLayer) -> PolicyFile:
    """One layer's policy. Raises InvalidDocument with every problem at once."""
    document = load(text, source)
    try:
        table = PolicyTable.model_validate(document.values)
    except ValidationError as error:
        found = tuple(problem for _, problem in problems_of(error, document, known_keys))
        raise InvalidDocument(source, found, "correct these lines") from None
    problems = (*_whole(document, table), *_deciding(document, table.decide, layer))
    if problems:
        raise InvalidDocument(source, problems, "correct these lines")
    lines = {dotted(path): line for path, line in document.positions.lines.items()}
    return PolicyFile(layer, source, _policy(table, source, layer), lines)


def _whole(document: Document, table: PolicyTable) -> tuple[Problem, ...]:
    found = [document.problem(*fault) for fault in repeated_names(document.values)]
    for index, check in enumerate(table.evidence.checks):
        path: Path = ("evidence", "checks", index, "targeted")
        if check.targeted is not None and "{paths}" not in check.targeted:
            message = "does not say where the test files go"
            found.append(document.problem(path, message, "put {paths} where they go"))
    for name, server in (table.mcp or {}).items():
        if bool(server.command) == (server.url is not None):
            message = "needs exactly one of command and url"
            found.append(document.problem(("mcp", name), message, "write one of the two"))
    return tuple(found)


def _deciding(document: Document, table: DecideTable, layer: PolicyLayer) -> Iterator[Problem]:
    for name, ways in (("standard", table.standard), ("high", table.high)):
        if "peer" in (ways or ()):
            message = "another process of the same user is never enough above the low class"
            fix = 'write "terminal", "signed" or both'
            yield document.problem(("decide", name), message, fix)
    if layer is not PolicyLayer.REPOSITORY:
        return
    for name, place in (("signers", table.signers), ("revoked", table.revoked)):
        if place is not None:
            message = "a repository does not say who may sign: an agent may write there"
            fix = "name it in the policy of the organisation or the user"
            yield document.problem(("decide", name), message, fix)


def _policy(table: PolicyTable, source: str, layer: PolicyLayer) -> Policy:
    decide = table.decide
    scope, commands, stop, evidence = table.scope, table.commands, table.stop, table.evidence
    servers = None if table.mcp is None else sorted(table.mcp.items())
    return Policy(
        read=_list(scope.read),
        edit=_list(scope.edit),
        never_read=tuple(scope.never_read),
        never_edit=tuple(scope.never_edit),
        artifacts=_list(scope.artifacts),
        outputs=tuple(scope.outputs),
        free=_list(commands.free),
        ask=tuple(commands.ask),
        never=tuple(commands.never),
        exact=commands.exact,
        tools_allow=_list(table.tools.allow),
        tools_deny=tuple(table.tools.deny),
        mcp=None if servers is None else tuple(mcp_server(*server) for server in servers),
        hosts=_list(table.network.hosts),
        environment=_list(table.environment),
        ceiling=_ceiling(table.limits),
        allowances=_allowances(table.limits, layer),
        zones=tuple(stop.zones),
        stop_paths=tuple(stop.paths),
        allow_zones=_list(stop.allow_zones),
        checks=tuple(_check(check) for check in evidence.checks),
        prepare=evidence.prepare or "",
        share=_list(evidence.share),
        areas=tuple(_area(area) for area in table.areas),
        decide_low=_list(decide.low),
        decide_standard=_list(decide.standard),
        decide_high=_list(decide.high),
        decide_another=tuple(decide.another),
        decide_presence=tuple(decide.presence),
        signers=_beside(source, decide.signers),
        revoked=(_beside(source, decide.revoked),) if decide.revoked else (),
    )


def _beside(source: str, named: str | None) -> str:
    """A path as a policy file names it: its own folder is where a relative one starts."""
    if not named or named.startswith("/"):
        return named or ""
    return f"{source.rpartition('/')[0]}/{named}"


def _list(values: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


def _ceiling(limits: LimitsTable) -> Ceiling:
    return Ceiling(
        time_s=None if limits.time is None else parse_duration(limits.time),
        spend_micro_usd=None if limits.spend is None else parse_money(limits.spend),
        attempts=limits.attempts,
        attempts_total=limits.attempts_total,
        files_inspected=limits.files,
        patch_lines=limits.patch_lines,
        deadline_s=None if limits.deadline is None else parse_duration(limits.deadline),
        tokens=limits.tokens,
        calls=limits.calls,
        subagents=limits.subagents,
        depth=limits.depth,
    )


def _allowances(limits: LimitsTable, layer: PolicyLayer) -> tuple[Allowance, ...]:
    """A repository speaks for its own runs, every other layer for all of the user's."""
    scope = REPOSITORY if layer is PolicyLayer.REPOSITORY else USER
    given = ((Period.DAY, limits.day), (Period.MONTH, limits.month))
    return tuple(
        Allowance(scope, period, parse_money(money), limits.timezone)
        for period, money in given
        if money is not None
    )


def _check(table: PolicyCheckTable) -> PolicyCheck:
    targeted = table.targeted or ""
    return PolicyCheck(check_of(table), tuple(table.paths), targeted, table.required)


def _area(table: AreaTable) -> Area:
    people = tuple(table.reviewers), tuple(table.owners)
    return Area(table.name, tuple(table.paths), *people)


@cache
def _lists() -> dict[str, TypeAdapter[str]]:
    return {
        "scope": TypeAdapter(Pattern),
        "commands.free": TypeAdapter(Freed),
        "commands": TypeAdapter(Held),
        "tools": TypeAdapter(Text),
        "network": TypeAdapter(Host),
    }


def item_fault(key: str, item: str) -> str:
    """Why the list at ``key`` (``commands.free``) cannot hold ``item``, ``""`` where it can."""
    lists = _lists()
    try:
        lists.get(key, lists[key.partition(".")[0]]).validate_python(item, strict=True)
    except ValidationError as error:
        return str(error.errors()[0].get("ctx", {}).get("reason", "it does not fit"))
    return ""


def json_schema() -> dict[str, object]:
    """The published JSON Schema of a policy file."""
    schema = PolicyTable.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Remit delegation policy, schema v1"
    return schema
