"""How each agent's recorded calls become ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from remit.adapters.agents.claude_code import recorded as claude_code
from remit.adapters.agents.codex import recorded as codex
from remit.adapters.agents.gemini import recorded as gemini
from remit.model.backtest import RecordedCall
from remit.model.request import ToolCall

RECORDED: Mapping[str, Callable[[RecordedCall], tuple[ToolCall, ...] | None]] = {
    "claude-code": claude_code.recorded,
    "codex": codex.recorded,
    "gemini": gemini.recorded,
}
"""By the name that the reader of the transcript gives the agent."""
