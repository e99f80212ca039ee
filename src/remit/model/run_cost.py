"""What a run cost, split by what it was spent on. Everything says where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from remit.model.claimed_events import BudgetClaimed, BudgetReconciled
from remit.model.friction import Friction
from remit.model.usage import Usage


class Part(StrEnum):
    """What an answer of the model was for."""

    PRODUCTIVE = "productive"
    NO_LEARNING = "no-learning"
    """Of the main agent: it was cut or broken off, or every call it asked for was held or brought
    what the same call had brought before."""
    SUBAGENTS = "subagents"


@dataclass(frozen=True, slots=True)
class PartCost:
    """``asks`` are the numbers of the requests it is the sum of; ``estimated`` of them were not
    counted by the provider to their end."""

    part: Part
    asks: tuple[str, ...]
    estimated: int
    tokens: int
    micro_usd: int


@dataclass(frozen=True, slots=True)
class ModelCost:
    """One model, and where its price is from; ``price_known`` is False for a stand-in."""

    model: str
    answers: int
    usage: Usage
    micro_usd: int
    priced_by: str
    price_known: bool


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What results of tools brought into prompts when they were first read, an estimate: by how
    much a conversation's prompt grew after an answer that asked for calls."""

    asks: tuple[str, ...]
    tokens: int
    micro_usd: int


@dataclass(frozen=True, slots=True)
class WallClock:
    """Milliseconds; of the agent with what people took to answer, and of Remit's own checks."""

    whole_ms: int
    agent_ms: int
    checks_ms: int


@dataclass(frozen=True, slots=True)
class Trust:
    """What the run did to be believed less."""

    stopped: str
    """The trigger of its stop, empty where there was none."""
    held: tuple[str, ...]
    """Calls that were held."""
    forged: int
    unrecognised: int
    out_of_scope: int
    """Paths that were changed outside the scope, restored later or not."""


@dataclass(frozen=True, slots=True)
class RunCost:
    """``metered`` is False where nothing counted the model's traffic: then its parts are empty, and
    that is not zero; ``counted`` is what the client itself told then."""

    run: str
    metered: bool
    reconciled: BudgetReconciled | None
    counted: BudgetClaimed | None
    list_prices: bool
    parts: tuple[PartCost, ...]
    models: tuple[ModelCost, ...]
    tool_output: ToolOutput
    wall_clock: WallClock
    attention: Friction
    trust: Trust
