"""The scripted agent as an agent Remit can hold: the payloads and answers of Claude Code."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from remit.adapters.agents import scripted
from remit.adapters.agents.claude_code.config_place import steering
from remit.adapters.agents.claude_code.environment import build_environment
from remit.adapters.agents.claude_code.normalize import normalize
from remit.adapters.agents.claude_code.respond import respond
from remit.adapters.agents.protocol import AgentPlaces, Launch, LaunchRequest
from remit.errors import UsageError
from remit.model.answer import Answer
from remit.model.route import ModelRoute
from remit.model.signals import Signal
from remit.model.steering import Steers

WORD = "remit-scripted-agent"
"""What stands for this agent after ``--``: ``remit-scripted-agent PLAN.json``."""


class ScriptedAgent:
    """The adapter; it keeps no state."""

    name = "scripted"

    def recognises(self, argv: Sequence[str]) -> bool:
        return bool(argv) and argv[0] == WORD

    def examine(self, argv: Sequence[str], environ: Mapping[str, str]) -> None:
        if len(argv) < 2:
            raise UsageError(f"{WORD} needs a plan", f"{WORD} PLAN.json")

    def can_resume(self, argv: Sequence[str]) -> bool:
        return False

    def route(self, environ: Mapping[str, str]) -> ModelRoute | None:
        return None

    def prepare(self, request: LaunchRequest) -> Launch:
        self.examine(request.argv, request.environ)
        environment = build_environment(
            request.environ, request.contract.environment, request.proxy
        )
        hook = {scripted.URL: request.url, scripted.TOKEN: request.token}
        hook[scripted.PATIENCE] = str(30 + request.wait_s)
        source = str(Path(__file__).resolve().parents[3])
        interpreter = os.path.realpath(sys.executable)
        start = (
            f"import sys; sys.path.insert(0, {source!r}); "
            "from remit.adapters.agents.scripted import main; import os; "
            "sys.exit(main(sys.argv[1:], os.environ))"
        )
        return Launch(
            self.name,
            "1",
            (interpreter, "-I", "-S", "-c", start, *request.argv[1:]),
            {**environment.variables, **hook},
            b"{}",
            (),
            left_out=environment.left_out,
            places=AgentPlaces(steering=_steering(request)),
        )

    def normalize(self, body: bytes) -> Signal:
        return normalize(body)

    def answer(self, signal: Signal, answer: Answer) -> bytes:
        return respond(signal, answer)


def _steering(request: LaunchRequest) -> tuple[Steers, ...]:
    home = request.environ.get("HOME") or str(Path("~").expanduser())
    return steering(request.environ, home, request.root)
