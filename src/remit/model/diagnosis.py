"""What ``remit doctor`` found: layers with the probes that speak for them, gaps, open doors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PROMISED = ("hook", "kernel", "comparison", "ledger", "state", "git", "client")
"""What this version promises on Linux; a run may declare more."""


class Liveness(StrEnum):
    LIVE = "live"
    OFF = "off"
    """Not there, and said so."""
    BROKEN = "broken"
    """Said to hold, and a known-bad probe got through."""
    TOO_TIGHT = "too tight"
    """The honest twin of a probe failed as well."""
    UNKNOWN = "unknown"
    """No probe came to an answer."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing that was really tried. ``good`` says whether it ended as it must: a known-bad one
    without effect, an honest ``twin`` with it."""

    what: str
    seen: str
    good: bool
    twin: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """A layer, whether it was promised, and what its probes showed."""

    layer: str
    promised: bool
    state: Liveness
    note: str
    probes: tuple[Probe, ...] = ()

    @property
    def lacking(self) -> bool:
        """Whether something promised was not shown to hold."""
        return self.promised and self.state is not Liveness.LIVE


@dataclass(frozen=True, slots=True)
class Gap:
    """Why something does not hold here, and the command that mends it."""

    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class Door:
    """A way that stays open to a program of the agent. ``where`` is text of this machine."""

    what: str
    where: str
    fix: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything found. ``agent`` says who played the agent; ``means`` how the kernel confines."""

    agent: str
    means: str
    proofs: tuple[Proof, ...]
    gaps: tuple[Gap, ...]
    doors: tuple[Door, ...]

    @property
    def lacking(self) -> tuple[Proof, ...]:
        return tuple(proof for proof in self.proofs if proof.lacking)

    @property
    def unproven(self) -> bool:
        """Whether nothing was seen to fail, but something could not be tried."""
        return bool(self.lacking) and all(p.state is Liveness.UNKNOWN for p in self.lacking)
