"""Claude Code as an agent Remit can hold to a contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from remit.adapters.agents.claude_code.launch import (
    CLIENT,
    can_resume,
    examine,
    prepare,
    recognises,
)
from remit.adapters.agents.claude_code.model_route import lead_outward
from remit.adapters.agents.claude_code.normalize import normalize
from remit.adapters.agents.claude_code.respond import respond
from remit.adapters.agents.protocol import Launch, LaunchRequest
from remit.model.answer import Answer
from remit.model.route import ModelRoute
from remit.model.signals import Signal


class ClaudeCode:
    """The adapter; it keeps no state."""

    name = CLIENT

    def recognises(self, argv: Sequence[str]) -> bool:
        return recognises(tuple(argv))

    def examine(self, argv: Sequence[str], environ: Mapping[str, str]) -> None:
        examine(tuple(argv), environ)

    def can_resume(self, argv: Sequence[str]) -> bool:
        return can_resume(tuple(argv))

    def route(self, environ: Mapping[str, str]) -> ModelRoute | None:
        return lead_outward(environ, "", "", "").route

    def prepare(self, request: LaunchRequest) -> Launch:
        return prepare(request)

    def normalize(self, body: bytes) -> Signal:
        return normalize(body)

    def answer(self, signal: Signal, answer: Answer) -> bytes:
        return respond(signal, answer)
