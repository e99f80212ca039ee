"""Recorded calls of agents without a live adapter, written again in the words of our tools."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator

from remit.adapters.agents.claude_code import payloads as p
from remit.model.backtest import RecordedCall
from remit.model.ids import CallId
from remit.model.json import JsonObject
from remit.model.request import AGENT, Actor, ToolCall

Rewrite = Callable[[JsonObject], Iterator[tuple[str, JsonObject]]]


def rewritten(
    call: RecordedCall, given: JsonObject, folder: str, rewrite: Rewrite | None
) -> tuple[ToolCall, ...]:
    """What ``rewrite`` makes of ``given``, made in ``folder`` as seen from the session's; the call
    as it is where that is nothing. PayloadFault where a live hook would refuse it."""
    p.identifier({"id": call.id}, "id")
    p.identifier({"tool": call.tool}, "tool")
    cwd = posixpath.normpath(posixpath.join(call.cwd, folder))
    if p.unclean(given) or p.unclean(cwd):
        raise p.PayloadFault("a text holds a NUL or half a character")
    actor = Actor(f"agent:{call.subagent}") if call.subagent else AGENT
    made = tuple(rewrite(given)) if rewrite else ()
    return tuple(
        ToolCall(CallId(call.id), tool, values, cwd, actor)
        for tool, values in made or ((call.tool, given),)
    )
