"""Where the client's model traffic goes, and what it shows there."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credential:
    """One header of the model's traffic: what the agent sends, and what the provider is sent
    instead. ``given`` is worth nothing anywhere else."""

    header: str
    given: str = field(repr=False)
    real: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ModelRoute:
    """``base`` is the provider's address as the user gave it, empty where the client speaks to its
    provider by itself. With ``credentials`` a request must
    carry one of them; without, the client's own sign-in passes through. ``headers`` are added.
    ``login`` are hosts the client needs to stay signed in, ``providers`` those that serve the
    model."""

    base: str
    credentials: tuple[Credential, ...] = ()
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    providers: tuple[str, ...] = ()
    login: tuple[str, ...] = ()
