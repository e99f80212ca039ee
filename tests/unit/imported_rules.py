"""Deciding calls under a draft: the way a person tries it, through the product's own loader."""

from __future__ import annotations

from pathlib import Path

from remit.adapters.render.imports import draft_text
from remit.codec.policy_file import parse_policy
from remit.model.contract import Contract
from remit.model.imports import Imported
from remit.model.json import JsonObject
from remit.model.policy import PolicyLayer
from remit.policy.bounds import bound, widest
from remit.policy.layers import merge
from remit.services.explain import DEFAULT_CONTRACT, Explained, explain

HOME = "/home/ada"
ROOT = f"{HOME}/shop"


def contract_of(imported: Imported) -> Contract:
    """The widest contract that the draft permits."""
    merged = merge([parse_policy(draft_text(imported), "draft", PolicyLayer.REPOSITORY)])
    return bound(widest(DEFAULT_CONTRACT, merged.policy), merged).contract


def call_of(text: str) -> tuple[str, JsonObject]:
    """``Read src/a``, ``WebFetch https://…``, the name of an MCP tool, or a command line."""
    tool, _, rest = text.partition(" ")
    if tool in ("Read", "Write", "Edit"):
        path = rest if rest.startswith("/") else f"{ROOT}/{rest}"
        return tool, {"file_path": path, "content": "x", "old_string": "a", "new_string": "b"}
    if tool == "WebFetch":
        return tool, {"url": rest, "prompt": "read"}
    return (text, {}) if text.startswith("mcp__") else ("Bash", {"command": text})


def decided(text: str, contract: Contract, root: str = ROOT) -> Explained:
    """How a call is decided in the repository."""
    return explain(*call_of(text), contract, cwd=root, root=root, home=str(Path(root).parent))
