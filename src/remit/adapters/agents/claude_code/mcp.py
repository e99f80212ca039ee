"""The contract's MCP servers as the one configuration the client gets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from remit.model.contract import McpServer
from remit.model.json import Json


def mcp_config(servers: Sequence[McpServer], environ: Mapping[str, str]) -> bytes:
    """The file for ``--mcp-config``. Variables are named, never written: the client fills them in
    from its own environment. One that is not set is left out: the client refuses the file."""
    entries: dict[str, Json] = {server.name: _entry(server, environ) for server in servers}
    return json.dumps({"mcpServers": entries}, indent=1).encode() + b"\n"


def _entry(server: McpServer, environ: Mapping[str, str]) -> dict[str, Json]:
    if server.url:
        return {"type": "http", "url": server.url}
    variables: dict[str, Json] = {name: f"${{{name}}}" for name in server.env if name in environ}
    return {
        "type": "stdio",
        "command": server.command[0],
        "args": list(server.command[1:]),
        "env": variables,
    }


def mcp_variables(servers: Sequence[McpServer], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Names the servers need and that are set."""
    named = dict.fromkeys(name for server in servers for name in server.env)
    return tuple(name for name in named if name in environ)
