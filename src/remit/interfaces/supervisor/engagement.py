"""What a person asked of a run, beside its contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from remit.adapters.agents.protocol import AgentAdapter
from remit.services.runs import Run

Tell = Callable[[str], None]
"""Shows one line of progress to the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Engagement:
    """What the person asked for: the agent, its words, and where its output goes."""

    adapter: AgentAdapter
    argv: tuple[str, ...]
    tell: Tell
    offer_restore: Callable[[Run, tuple[str, ...]], None]
    output_to_stderr: bool = False
    wait_s: int = 0
    """How long a held call waits for a person; 0 where nobody could answer."""
    may_park: bool = False
    """Whether a wait without an answer parks the run."""
