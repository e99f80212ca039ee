"""What an agent's hooks tell us, in our words. Adapters turn payloads into these."""

from __future__ import annotations

from dataclasses import dataclass

from remit.model.json import Json, JsonObject
from remit.model.request import Actor, ToolCall


@dataclass(frozen=True, slots=True)
class SessionStarted:
    session: str
    source: str


@dataclass(frozen=True, slots=True)
class PromptGiven:
    session: str
    text: str


@dataclass(frozen=True, slots=True)
class CallRequested:
    """The client asks before a tool runs: the only signal that is decided."""

    session: str
    call: ToolCall


@dataclass(frozen=True, slots=True)
class CallFinished:
    session: str
    call: ToolCall
    ok: bool
    response: Json
    duration_ms: int | None


@dataclass(frozen=True, slots=True)
class BatchFinished:
    """All calls of one model turn are done; the tree is compared now."""

    session: str
    calls: tuple[str, ...]
    actor: Actor


@dataclass(frozen=True, slots=True)
class PermissionAsked:
    """The client would prompt a person. In a headless run Remit already decided."""

    session: str
    tool: str


@dataclass(frozen=True, slots=True)
class SubagentMoved:
    session: str
    agent: str
    agent_type: str
    started: bool


@dataclass(frozen=True, slots=True)
class TurnEnded:
    session: str
    message: str
    """The agent's last words: a claim."""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class ConfigurationTouched:
    session: str
    source: str
    path: str


@dataclass(frozen=True, slots=True)
class SessionEnded:
    session: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A hook event we do not know, or a payload that is not what its event promises.

    ``guarded`` says that the event is one where silence could let something happen:
    it is answered with a block.
    """

    name: str
    payload: JsonObject
    fault: str = ""
    guarded: bool = False


Signal = (
    SessionStarted
    | PromptGiven
    | CallRequested
    | CallFinished
    | BatchFinished
    | PermissionAsked
    | SubagentMoved
    | TurnEnded
    | ConfigurationTouched
    | SessionEnded
    | Unknown
)
