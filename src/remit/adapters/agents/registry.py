"""The agents Remit can hold to a contract."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from remit.adapters.agents.claude_code.adapter import ClaudeCode
from remit.adapters.agents.protocol import AgentAdapter
from remit.adapters.agents.scripted_adapter import ScriptedAgent
from remit.errors import UsageError

ADAPTERS: tuple[AgentAdapter, ...] = (ClaudeCode(), ScriptedAgent())


def adapter_for(argv: Sequence[str]) -> AgentAdapter:
    """The adapter that recognises ``argv``; UsageError names the supported agents."""
    for adapter in ADAPTERS:
        if adapter.recognises(argv):
            return adapter
    if not argv:
        raise UsageError("no agent was given", "add it after --, e.g. -- claude -p 'the task'")
    known = ", ".join(adapter.name for adapter in ADAPTERS)
    raise UsageError(
        f"{PurePath(argv[0]).name!a} is not an agent Remit can hold to a contract",
        f"supported: {known}; an agent without a blocking hook cannot be governed",
    )
