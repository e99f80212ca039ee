"""MCP tools are allowed one by one, by name."""

from __future__ import annotations

from remit.model.decision import Outcome, Reason
from remit.policy.rules.case import Case
from remit.policy.rules.wording import listed, short

PREFIX = "mcp__"


def judge(tool: str, case: Case) -> Reason:
    for server in case.contract.mcp:
        name = f"{PREFIX}{server.name}__"
        if tool.startswith(name):
            return _listed(tool, tool[len(name) :], server.name, server.tools)
    servers = tuple(server.name for server in case.contract.mcp)
    return Reason(
        "mcp.server-not-listed",
        Outcome.DENY,
        short(tool),
        f"{short(tool)} belongs to an MCP server that is not part of this run.",
        allowed=f"MCP servers: {listed(servers)}",
        ask="name the server and the tool under mcp in the contract",
    )


def _listed(tool: str, short_name: str, server: str, tools: tuple[str, ...]) -> Reason:
    if short_name in tools:
        return Reason("mcp.listed", Outcome.ALLOW, tool, "the contract lists this tool")
    return Reason(
        "mcp.tool-not-listed",
        Outcome.DENY,
        short(tool),
        f"The contract does not list the tool {short(short_name)} of the MCP server {server}.",
        allowed=f"its tools {listed(tools)}",
        ask=f'add "{short(short_name)}" to the tools of the MCP server {server} in the contract',
    )
