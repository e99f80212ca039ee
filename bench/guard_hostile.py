"""Fourteen hook payloads made to hang, crash or deceive a guard, the same for the same seed."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass

from remit.adapters.agents.claude_code.normalize import normalize
from remit.model.contract import Contract
from remit.model.request import PATH_KINDS, Request
from remit.model.signals import CallRequested, Unknown
from remit.model.state import Phase, RunState
from remit.policy.effects import effects_of
from remit.policy.engine import decide
from remit.system.files import resolve

SEED = 20


@dataclass(frozen=True, slots=True)
class Payload:
    name: str
    body: bytes


def payloads(root: str, seed: int = SEED) -> tuple[Payload, ...]:
    """What a hook would receive, in its own bytes; every one of them must be held."""
    dice = random.Random(seed)
    deep, wide = dice.randrange(8_000, 12_000), dice.randrange(60_000, 90_000)
    commands = {
        "substitutions that never close": "$(" * deep,
        "substitutions nested": "$(" * 500 + "rm x" + ")" * 500,
        "shells nested": "bash -c '" * 30 + "rm x" + "'" * 30,
        "an argument of a megabyte": "rm " + dice.choice("abc") * 1_000_000,
        "a hundred thousand segments": "a;" * 100_000,
        "a quote that never closes": "rm 'x " + "y " * wide,
        "quotes that change all the time": "rm " + "\"'\"'" * wide,
        "a here-document that never ends": "sh <<E\n" + "rm x\n" * wide,
        "here-documents by the hundred": "sh " + "<<E " * 400 + "\n" + "rm /etc/x\nE\n" * 400,
        "braces that multiply": "rm " + "{a,b}" * 40,
        "letters that look like others and turn the line": "r\u200bm \u202e-rf\u2066 /" * 500,
        "a NUL byte": "rm x\0y",
    }
    return (
        *(Payload(name, _body({"command": text}, root)) for name, text in commands.items()),
        Payload("bytes that are no text", _body({"command": "rm ?"}, root).replace(b"?", b"\xff")),
        Payload("a command that is no text", _body({"command": ["rm", "x"]}, root)),
    )


def _body(values: dict[str, object], root: str) -> bytes:
    call = {"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_use_id": "toolu_1"}
    place = {"session_id": "s", "transcript_path": f"{root}/t", "cwd": root}
    return json.dumps({**call, **place, "tool_input": values}).encode()


def measure(contract: Contract, root: str, seed: int = SEED) -> dict[str, object]:
    """``{"decided", "of", "max_ms"}``: payloads that were held, and the processor time of the
    slowest, from its bytes to the decision."""
    found = payloads(root, seed)
    times, decided = [], 0
    for payload in found:
        began = time.process_time()
        decided += held(payload.body, contract, root)
        times.append(time.process_time() - began)
    return {"decided": decided, "of": len(found), "max_ms": round(max(times) * 1e3, 1)}


def held(body: bytes, contract: Contract, root: str) -> bool:
    signal = normalize(body)
    if isinstance(signal, Unknown):
        return signal.guarded
    if not isinstance(signal, CallRequested):
        return False
    effects = effects_of(signal.call)
    targets = {effect.target for effect in effects if effect.kind in PATH_KINDS}
    paths = tuple(resolve(target, root, root, f"{root}/home") for target in targets)
    state = RunState(Phase.OPEN, contract, root, heartbeat=True)
    return decide(Request(signal.call, effects, paths), state).held
