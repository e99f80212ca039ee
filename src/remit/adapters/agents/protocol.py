"""What the supervisor needs from any agent: recognise it, launch it, understand it, answer it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from remit.model.answer import Answer
from remit.model.contract import Contract
from remit.model.events import CarriedItem
from remit.model.route import ModelRoute
from remit.model.signals import Signal
from remit.model.steering import Steers


@dataclass(frozen=True, slots=True)
class PrivateFile:
    """A file of the run, outside the tree, at an absolute ``path``."""

    path: str
    content: bytes
    mode: int = 0o600


@dataclass(frozen=True, slots=True)
class StartTree:
    """The repository as it was committed at the start. ``read`` takes a path relative to the root
    and gives None where no file is; ``names`` lists the files below a folder, relative to the
    root (``""`` lists all)."""

    read: Callable[[str], bytes | None]
    names: Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Resumption:
    """An earlier session goes on. ``prompt`` is what the agent is told; empty where the client
    asks again for the call it kept, and needs no other word."""

    prompt: str = ""


@dataclass(frozen=True, slots=True)
class LaunchRequest:
    """Everything a launch depends on. Paths are absolute.

    ``argv`` is what the user typed after ``--``; ``run_dir`` is the folder of the run that
    the agent may read, whose endpoint listens at ``socket`` and ``url``; ``scratch`` is one that
    it may write; ``contract_text`` is the contract as the agent shall read it; ``session`` is a
    UUID, fresh unless ``resumption`` says that it goes on. ``proxy`` is the way out, password
    included; ``model_url`` is the door to the model, which ``model_key`` opens.
    """

    argv: tuple[str, ...]
    environ: Mapping[str, str]
    root: str
    run_dir: str
    scratch: str
    socket: str
    url: str
    token: str
    session: str
    contract: Contract
    contract_text: str
    tree: StartTree
    proxy: str = field(repr=False)
    model_url: str
    model_key: str = field(repr=False)
    wait_s: int = 0
    """How long a hook's answer may wait for a person, in seconds."""
    resumption: Resumption | None = None
    telemetry_url: str = ""
    """Where the client may send its telemetry, with ``token``; empty where nobody listens."""


@dataclass(frozen=True, slots=True)
class AgentPlaces:
    """What an agent needs of this machine beyond the contract. Absolute paths: ``writable`` ones,
    ``shown`` ones to read even where they lie below something private, and what is ``covered``:
    (source, place) pairs, where ``source`` is seen and written at ``place``. ``steering`` are the
    user's places that say what the agent does in its next sessions."""

    writable: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    covered: tuple[tuple[str, str], ...] = ()
    steering: tuple[Steers, ...] = ()


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start the agent. Write ``files`` first (``files.write_private``), then run ``argv``
    with exactly ``env`` in the user's directory. ``left_out`` and ``notes`` are lines for a
    person. Give the agent ``/dev/null`` as stdin unless a pipe was given to us. ``route`` is where
    the model's door leads, None where the agent speaks to its model by itself. ``tells_prompts``:
    its hooks tell of every question it would put to a person by itself."""

    client: str
    client_version: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    settings: bytes
    files: tuple[PrivateFile, ...]
    carried: tuple[CarriedItem, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    places: AgentPlaces = AgentPlaces()
    route: ModelRoute | None = None
    tells_prompts: bool = False
    sessions: str = ""
    """The folder of the client's session records; empty where it keeps none that we read."""
    prints_result: bool = False
    """Whether it was asked to print, as JSON, what it cost."""


class AgentAdapter(Protocol):
    """One kind of agent."""

    @property
    def name(self) -> str: ...

    def recognises(self, argv: Sequence[str]) -> bool:
        """Whether ``argv`` starts this agent; looks at the words alone."""

    def examine(self, argv: Sequence[str], environ: Mapping[str, str]) -> None:
        """Raise where this agent, called so, cannot be governed; before anything is frozen."""

    def can_resume(self, argv: Sequence[str]) -> bool:
        """Whether a session that ``argv`` started can be ended and go on later."""

    def route(self, environ: Mapping[str, str]) -> ModelRoute | None:
        """Where its model is, as far as ``environ`` says; None where it speaks to none."""

    def prepare(self, request: LaunchRequest) -> Launch:
        """Plan the launch; RemitError with a remedy where it cannot be governed."""

    def normalize(self, body: bytes) -> Signal:
        """A payload in our words; never raises."""

    def answer(self, signal: Signal, answer: Answer) -> bytes:
        """Our answer in the agent's words; never empty."""
