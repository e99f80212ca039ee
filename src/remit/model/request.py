"""What an agent asks to do: a tool call, and the effects it would have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from remit.model.ids import CallId
from remit.model.json import JsonObject


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. ``agent`` is the main agent, ``agent:<id>`` a subagent, ``person:<name>`` a human,
    ``remit`` the supervisor itself."""

    name: str

    @property
    def is_subagent(self) -> bool:
        return self.name.startswith("agent:")


AGENT = Actor("agent")
SUPERVISOR = Actor("remit")


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool call in our words. ``cwd`` is absolute; ``input`` is what the tool would receive."""

    id: CallId
    tool: str
    input: JsonObject
    cwd: str
    actor: Actor = AGENT


class EffectKind(StrEnum):
    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    CONNECT = "connect"
    """``target`` is a host name, or ``*`` where it cannot be known."""
    FETCH = "fetch"
    """As ``CONNECT``, to ask for something without handing anything over."""
    RUN = "run"
    """A program that does only what its other effects say. ``target`` is its command line."""
    CALL = "call"
    """A tool or an MCP tool by its full name."""
    DYNAMIC = "dynamic"
    """Code or a path that is only known when it runs; ``target`` is the text."""
    UNKNOWN = "unknown"
    """A program whose effects we do not know; ``target`` is its name."""
    AGENT = "agent"
    """Starts another coding agent; ``target`` is which."""
    PRIVILEGE = "privilege"
    """Becomes another user, changes the machine, or controls other processes."""
    LOOK = "look"
    """Looks at something outside the repository and changes nothing; ``target`` is
    ``group: what``."""
    VCS = "vcs"
    """Changes git state (``target`` is ``commit``, ``push``, ``config`` …)."""


PATH_KINDS = frozenset({EffectKind.READ, EffectKind.WRITE, EffectKind.DELETE})


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect of a call. ``via`` is the piece of the call it was read from, for the reason.

    For the path kinds ``target`` is a path as written, resolved against the tracked working
    directory but not against the filesystem; see :class:`ResolvedPath` for that.
    """

    kind: EffectKind
    target: str
    via: str = ""


@dataclass(frozen=True, slots=True)
class ResolvedPath:
    """Where a path really leads.

    ``written`` is as the call wrote it; ``relative`` is the real path below the repository
    root, ``/``-separated (``""`` is the root), or None when it leads outside; ``absolute`` is the
    real path. Symbolic links and ``..`` are resolved, missing parents kept, and the spelling is the
    one on disk where the filesystem ignores case.
    """

    written: str
    absolute: str
    relative: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """A tool call together with its effects, ready to be decided.

    ``paths`` maps every path target of ``effects`` to where it leads. A missing entry is
    "could not be resolved" and denies. ``shows`` names the files whose content the call shows.
    """

    call: ToolCall
    effects: tuple[Effect, ...]
    paths: tuple[ResolvedPath, ...] = ()
    shows: tuple[str, ...] = ()

    def resolved(self, target: str) -> ResolvedPath | None:
        return next((path for path in self.paths if path.written == target), None)
