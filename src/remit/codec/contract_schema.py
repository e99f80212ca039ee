"""The shape of a contract file, schema v1. The published JSON Schema is made from it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, Field

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
    Url,
    Variable,
    Wait,
    keys_of,
    refuse,
)
from remit.codec.toml_scan import Path

ShowsWord = Literal["red-then-green", "green"]


def _version(value: int) -> int:
    if value != 1:
        raise refuse(f"schema {value} is not one this Remit reads", "write `schema = 1`")
    return value


Version = Annotated[int, AfterValidator(_version), Field(json_schema_extra={"const": 1})]


class PeopleTable(Table):
    """Who answers for the run."""

    delegator: Text | None = Field(
        default=None, description="Who hands the task over; the git user."
    )
    reviewer: Text | None = Field(default=None, description="Who judges the packet.")
    owner: Text | None = Field(default=None, description="Who carries the risk of the change.")


class ScopeTable(Table):
    """Git-style path patterns relative to the repository root."""

    edit: list[Pattern] = Field(default=[], description="What may be changed.")
    read: list[Pattern] | None = Field(
        default=None, description="What may be read; everything by default."
    )
    artifacts: list[Pattern] = Field(
        default=[], description="Ignored places that tools write in passing."
    )


class CommandsTable(Table):
    """Command prefixes, or whole commands ("=npm test"); never beats ask beats free."""

    free: list[Freed] = Field(
        default=[], description="Run unasked; an item with @ names a group, such as @remote-reads."
    )
    ask: list[Held] = Field(default=[], description="Wait for a person.")
    never: list[Held] = Field(default=[], description="Refused.")
    exact: bool = Field(default=False, description="Nothing outside free runs unasked.")


class ToolsTable(Table):
    """The agent's own tools, by name."""

    allow: list[Text] = Field(
        default=[], description="Only these; empty means Remit's default set."
    )
    deny: list[Text] = Field(default=[], description="Never these.")


class McpTable(Table):
    """One MCP server: a command or a url, and the tools of it that may be called."""

    command: list[Text] = Field(default=[], description="Program and arguments, one item each.")
    url: Url | None = Field(default=None, description="Address of an HTTP server.")
    env: list[Variable] = Field(default=[], description="Names of variables passed through.")
    tools: list[Text] = Field(
        default=[], description="Tools that only look, and may be called; others are refused."
    )
    writes: list[Text] = Field(
        default=[], description="Tools that change something: a person answers each call."
    )
    data: Literal["public", "internal", "customer-data", "production-data", "incidents"] | None = (
        Field(default=None, description="Class of the data its tools hand out.")
    )


class NetworkTable(Table):
    """Hosts that may be reached."""

    hosts: list[Host] = Field(
        default=[], description='Such as "api.example.org" or "*.example.org".'
    )


class BudgetTable(Table):
    """Limits of the run."""

    time: Duration | None = Field(default=None, description='The agent\'s time, such as "20m".')
    spend: Money | None = Field(default=None, description='Dollars, such as "2.00".')
    attempts: Count | None = Field(default=None, description="Attempts after the first failure.")
    attempts_total: Count | None = Field(
        default=None, description="Attempts that taught nothing, over the whole run."
    )
    files: Amount | None = Field(default=None, description="Files inspected before reporting back.")
    patch_lines: Amount | None = Field(default=None, description="Changed lines.")
    deadline: Duration | None = Field(
        default=None, description='From the start of the run to its end, such as "2h".'
    )
    tokens: Amount | None = Field(default=None, description="Read and written by the model.")
    calls: Amount | None = Field(default=None, description="Tool calls.")
    subagents: Count | None = Field(default=None, description="Subagents that may be started.")
    depth: Count | None = Field(default=None, description="How far subagents may start others.")
    soft: Annotated[int, Field(ge=1, le=99)] | None = Field(
        default=None, description="Percent of a limit at which it is warned of, once."
    )
    wait: Wait | None = Field(
        default=None, description='How long a held call waits for a person, such as "5m".'
    )


class StopTable(Table):
    """What ends the run."""

    zones: list[Text] = Field(default=[], description="Further sensitive areas, by name.")
    paths: list[Pattern] = Field(
        default=[], description="Further paths that end the run when touched."
    )
    allow_zones: list[Text] = Field(
        default=[], description="Zones opened by name, their data included; raises the risk class."
    )


class CheckTable(Table):
    """A command Remit runs itself in a clean worktree."""

    name: Text = Field(description="Unique in the contract.")
    command: Prose = Field(description="Shell command line, run from the repository root.")
    shows: ShowsWord = Field(default="green", description="red-then-green for a bug fix.")
    time: Duration | None = Field(default=None, description='Deadline, such as "5m".')


class EvidenceTable(Table):
    """What counts as done: checks, or none with the reason."""

    none: Prose | None = Field(default=None, description="Why no check exists.")
    prepare: Prose | None = Field(default=None, description="Run once before the checks.")
    share: list[Pattern] = Field(default=[], description="Dependency folders lent to the worktree.")
    attempt_note: bool = Field(
        default=False, description="A failed attempt wants a note before the next one."
    )
    checks: list[CheckTable] = Field(default=[], description="Commands that show the goal is met.")


class RollbackTable(Table):
    """How to undo the change."""

    change: Prose | None = Field(default=None, description="What changes.")
    undo: Prose | None = Field(default=None, description="How the code goes back.")
    data_risk: Prose | None = Field(default=None, description="What data cannot go back by itself.")
    trigger: Prose | None = Field(default=None, description="The observable signal to undo on.")
    owner: Text | None = Field(default=None, description="Who decides to undo.")
    verify: Prose | None = Field(default=None, description="What to check after the undo.")
    stop_before: list[Prose] = Field(default=[], description="Steps the run must stop before.")


class ContractFile(Table):
    """A Remit task contract: what a run may do, what proves it, how to undo it."""

    version: Version = Field(default=1, alias="schema", description="Version of this format.")
    goal: Prose | None = Field(default=None, description="One outcome, in one or two sentences.")
    keep: list[Prose] = Field(default=[], description="What must stay the same.")
    exclude: list[Prose] = Field(default=[], alias="not", description="What the run must not do.")
    environment: list[Variable] = Field(
        default=[], description="Names of variables the agent may see."
    )
    acknowledged_by: Text | None = Field(
        default=None, description="The reviewer who read the boundary."
    )
    people: PeopleTable = PeopleTable()
    scope: ScopeTable = ScopeTable()
    commands: CommandsTable = CommandsTable()
    tools: ToolsTable = ToolsTable()
    mcp: dict[Text, McpTable] = Field(default={}, description="MCP servers by name.")
    network: NetworkTable = NetworkTable()
    budget: BudgetTable = BudgetTable()
    stop: StopTable = StopTable()
    evidence: EvidenceTable = EvidenceTable()
    rollback: RollbackTable = RollbackTable()


_TABLES: Final[dict[tuple[str, ...], type[BaseModel]]] = {
    (): ContractFile,
    ("people",): PeopleTable,
    ("scope",): ScopeTable,
    ("commands",): CommandsTable,
    ("tools",): ToolsTable,
    ("network",): NetworkTable,
    ("budget",): BudgetTable,
    ("stop",): StopTable,
    ("evidence",): EvidenceTable,
    ("evidence", "checks"): CheckTable,
    ("rollback",): RollbackTable,
}


def known_keys(path: Path) -> tuple[str, ...]:
    """The lines a table may have."""
    names = tuple(part for part in path if isinstance(part, str))
    if names[:1] == ("mcp",):
        return keys_of(McpTable) if len(names) > 1 else ()
    model = _TABLES.get(names)
    return keys_of(model) if model is not None else ()


def json_schema() -> dict[str, object]:
    """The published JSON Schema of a contract file."""
    schema = ContractFile.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Remit task contract, schema v1"
    schema["required"] = ["goal", "scope", "evidence"]
    schema["$defs"]["ScopeTable"]["required"] = ["edit"]
    schema["$defs"]["EvidenceTable"]["oneOf"] = [{"required": ["checks"]}, {"required": ["none"]}]
    return schema
