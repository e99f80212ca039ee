"""A scripted agent for the demo: real edits and commands, through the same hooks as any client.

``python -m remit.adapters.agents.scripted PLAN.json [PROMPT]``. The plan is
``{"steps": [{"tool": "Bash", "input": {"command": "…"}}, …], "closing": "…"}``; a step may be
a list of calls, which form one batch. It obeys what it is told: a held call does nothing,
``continue: false`` ends it. Endpoint and token come from ``REMIT_HOOK_URL`` and
``REMIT_HOOK_TOKEN``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from remit.model.json import Json, JsonObject

URL = "REMIT_HOOK_URL"
TOKEN = "REMIT_HOOK_TOKEN"
PATIENCE = "REMIT_HOOK_SECONDS"
MAX_PLAN = 1024 * 1024
_COMMAND_SECONDS = 120


class Stopped(Exception):
    """Nothing more may happen: an answer ended the run, or no answer came."""


@dataclass(frozen=True, slots=True)
class Call:
    tool: str
    input: JsonObject


@dataclass(slots=True)
class Agent:
    """One session against one endpoint."""

    url: str
    token: str
    cwd: Path
    session: str = field(default_factory=lambda: str(uuid.uuid4()))
    held: int = 0
    patience_s: float = 30.0
    """How long an answer may take."""

    def work(self, prompt: str, steps: Sequence[Sequence[Call]], closing: str) -> int:
        """Exit status: 0 when the plan was worked through, held calls included; 3 when ended."""
        try:
            self._send("SessionStart", source="startup")
            if self._blocked(self._send("UserPromptSubmit", prompt=prompt)):
                raise Stopped("the prompt was not accepted")
            for calls in steps:
                self._batch(calls)
            self._send("Stop", last_assistant_message=closing)
        except Stopped as stopped:
            print(f"ended: {stopped}", flush=True)
            return 3
        finally:
            self._farewell()
        print(closing, flush=True)
        return 0

    def _batch(self, calls: Sequence[Call]) -> None:
        done = [self._call(call) for call in calls]
        self._ended(self._send("PostToolBatch", tool_calls=done))

    def _call(self, call: Call) -> JsonObject:
        asked: dict[str, Json] = {"tool_name": call.tool, "tool_input": call.input}
        asked["tool_use_id"] = f"toolu_{uuid.uuid4().hex[:24]}"
        answer = self._send("PreToolUse", **asked)
        allowed = _specific(answer).get("permissionDecision") == "allow"
        if not allowed:
            self.held += 1
            reason = str(_specific(answer).get("permissionDecisionReason") or "no clear allow")
            print(f"held: {call.tool} {_short(call)}\n  {_first_line(reason)}", flush=True)
            self._ended(answer)
            return {**asked, "tool_response": f"Error: {reason}"}
        started = time.monotonic()
        ok, response = _run(call, self.cwd)
        took = int((time.monotonic() - started) * 1000)
        print(f"did:  {call.tool} {_short(call)}", flush=True)
        if ok:
            self._ended(
                self._send("PostToolUse", **asked, tool_response=response, duration_ms=took)
            )
        else:
            self._ended(self._send("PostToolUseFailure", **asked, error=response, duration_ms=took))
        return {**asked, "tool_response": response}

    def _farewell(self) -> None:
        try:
            self._send("SessionEnd", reason="other")
        except Stopped as stopped:
            print(f"no farewell: {stopped}", file=sys.stderr)

    def _send(self, event: str, **fields: Json) -> JsonObject:
        payload = {"session_id": self.session, "cwd": str(self.cwd), "transcript_path": ""}
        body = json.dumps({**payload, "hook_event_name": event, **fields}).encode()
        parts = urlsplit(self.url)
        import http.client  # the supervisor knows this agent by name, and starts without it

        connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=self.patience_s
        )
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            connection.request("POST", parts.path, body, headers)
            response = connection.getresponse()
            answer = json.loads(response.read(1024 * 1024))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Stopped(f"the endpoint gave no answer ({error})") from None
        finally:
            connection.close()
        if response.status != 200 or not isinstance(answer, dict):
            raise Stopped(f"the endpoint refused the hook ({response.status})")
        return answer

    def _ended(self, answer: JsonObject) -> None:
        if answer.get("continue") is False:
            raise Stopped(str(answer.get("stopReason") or "the run was stopped"))

    def _blocked(self, answer: JsonObject) -> bool:
        return answer.get("decision") == "block" or answer.get("continue") is False


def _specific(answer: JsonObject) -> JsonObject:
    specific = answer.get("hookSpecificOutput")
    return specific if isinstance(specific, Mapping) else {}


def _run(call: Call, cwd: Path) -> tuple[bool, Json]:
    """Really do it: (whether it worked, what the client would report)."""
    try:
        match call.tool:
            case "Bash":
                return _bash(str(call.input["command"]), cwd)
            case "Write":
                path = cwd / str(call.input["file_path"])
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(str(call.input["content"]), encoding="utf-8")
                return True, {"type": "update", "filePath": str(path)}
            case "Edit":
                return _edit(call, cwd)
            case "Read":
                return True, (cwd / str(call.input["file_path"])).read_text(encoding="utf-8")
    except (OSError, KeyError, UnicodeDecodeError) as error:
        return False, f"{type(error).__name__}: {error}"
    return False, f"no such tool: {call.tool}"


def _bash(command: str, cwd: Path) -> tuple[bool, Json]:
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False, f"no end after {_COMMAND_SECONDS} seconds"
    out = done.stdout.decode("utf-8", "replace")
    err = done.stderr.decode("utf-8", "replace")
    if done.returncode:
        return False, f"Exit code {done.returncode}\n{err or out}"
    return True, {"stdout": out, "stderr": err, "interrupted": False}


def _edit(call: Call, cwd: Path) -> tuple[bool, Json]:
    path = cwd / str(call.input["file_path"])
    old, new = str(call.input["old_string"]), str(call.input["new_string"])
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        return False, "old_string is not found exactly once"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return True, {"type": "update", "filePath": str(path)}


def _short(call: Call) -> str:
    shown = str(call.input.get("command") or call.input.get("file_path") or "")
    return _plain(shown)[:100]


def _first_line(text: str) -> str:
    return _plain(text.splitlines()[0] if text else "")[:200]


def _plain(text: str) -> str:
    """``text`` in one line of printable ASCII."""
    return "".join(x if " " <= x <= "~" else ascii(x)[1:-1] for x in text)


def read_plan(text: str) -> tuple[tuple[tuple[Call, ...], ...], str]:
    """Steps and closing words of a plan; ValueError where it is not one."""
    plan = json.loads(text)
    if not isinstance(plan, dict) or not isinstance(plan.get("steps"), list):
        raise ValueError("a plan is an object with a list of steps")
    steps = [step if isinstance(step, list) else [step] for step in plan["steps"]]
    calls = tuple(tuple(Call(str(c["tool"]), dict(c["input"])) for c in step) for step in steps)
    return calls, str(plan.get("closing") or "Finished.")


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Work a plan through. Exit status 2 where plan or endpoint are not given."""
    if not arguments or URL not in environ or TOKEN not in environ:
        print(f"usage: scripted PLAN.json [PROMPT], with {URL} and {TOKEN} set", file=sys.stderr)
        return 2
    with Path(arguments[0]).open(encoding="utf-8") as file:
        steps, closing = read_plan(file.read(MAX_PLAN))
    agent = Agent(environ[URL], environ[TOKEN], Path.cwd())
    agent.patience_s = float(environ.get(PATIENCE) or agent.patience_s)
    return agent.work(" ".join(arguments[1:]) or "work the plan", steps, closing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
