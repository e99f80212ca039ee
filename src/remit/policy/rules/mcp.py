"""MCP tools are allowed one by one, by name. What a server says of a tool counts for nothing."""

from __future__ import annotations

from remit.model.contract import McpServer
from remit.model.decision import Outcome, Reason
from remit.policy.data_classes import DATA_CLASSES
from remit.policy.rules.case import Case
from remit.policy.rules.wording import listed, short

PREFIX = "mcp__"


def judge(tool: str, case: Case) -> Reason:
    for server in case.contract.mcp:
        name = f"{PREFIX}{server.name}__"
        if tool.startswith(name):
            return _drifted(tool, server, case) or _listed(tool, tool[len(name) :], server)
    servers = tuple(server.name for server in case.contract.mcp)
    return Reason(
        "mcp.server-not-listed",
        Outcome.DENY,
        short(tool),
        f"{short(tool)} belongs to an MCP server that is not part of this run.",
        allowed=f"MCP servers: {listed(servers)}",
        ask="name the server and the tool under mcp in the contract",
    )


def _drifted(tool: str, server: McpServer, case: Case) -> Reason | None:
    if server.data not in DATA_CLASSES or server.data in case.contract.stop.allow_zones:
        return None
    return Reason(
        "data.drift",
        Outcome.STOP,
        short(tool),
        f"The MCP server {server.name} holds {server.data}, which is more sensitive than what "
        "this run reads.",
        allowed="code, tests and made-up data",
        ask=f'add "{server.data}" to stop.allow_zones in a new contract',
    )


def _listed(tool: str, short_name: str, server: McpServer) -> Reason:
    if short_name in server.writes:
        return Reason(
            "mcp.write",
            Outcome.ASK,
            short(tool),
            f"{short(short_name)} of the MCP server {server.name} changes something outside this "
            "repository.",
            allowed=f"its tools that only look: {listed(server.tools)}",
            ask="a person answers each such call",
        )
    if short_name in server.tools:
        return Reason("mcp.listed", Outcome.ALLOW, tool, "the contract lists this tool")
    return Reason(
        "mcp.tool-not-listed",
        Outcome.DENY,
        short(tool),
        f"The contract does not list the tool {short(short_name)} of the MCP server {server.name}.",
        allowed=f"its tools {listed(server.tools)}",
        ask=f'add "{short(short_name)}" to the tools, or to the writes, of the MCP server '
        f"{server.name} in the contract",
    )
