"""What failed in one run of a check, in a form that can be held against another run of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Failure:
    """One check that failed and how. All texts are bounded and, but for ``check``, masked.

    ``check`` is what failed as its runner names it; for what reports findings, the file and the
    rule: ``times`` says how many findings that are. ``error`` is a type (``AssertionError``,
    ``TS2345``, ``exit 2``, ``timeout``). ``place`` is where it broke, ``file::function`` where
    known, without a line number, so that shifted lines do not change it. ``line`` is how far the
    check itself came (1 is the first line of its file, 0 unknown), ``message`` the first
    meaningful lines.
    """

    check: str
    error: str
    place: str
    line: int
    message: str
    times: int = 1


class Signature(NamedTuple):
    """Two failures with the same signature are the same failure."""

    check: str
    error: str
    place: str
    message: str


def signature_of(failure: Failure) -> Signature:
    return Signature(failure.check, failure.error, failure.place, failure.message)


class Extent(StrEnum):
    """How much of what failed is known."""

    WHOLE = "whole"
    STOPPED = "stopped"
    """The runner ended at its first failures, so others may fail as well."""
    PART = "part"
    """Its output was cut or is not understood, so others failed as well."""
    GUESS = "guess"
    """No runner was recognised, or it shows more than it counts: what looks like an error stands
    for all."""


@dataclass(frozen=True, slots=True)
class Failures:
    """What failed in one run, in no order that means anything. ``note`` is for people: why it is
    not the whole, or ""."""

    found: tuple[Failure, ...]
    extent: Extent
    note: str = ""

    @property
    def certain(self) -> bool:
        """Whether what was found is what the runner itself says, with nothing lost."""
        return self.extent in (Extent.WHOLE, Extent.STOPPED)


@dataclass(frozen=True, slots=True)
class Reported:
    """A failing test of a result file: its id, the error's type, its message and whole text."""

    check: str
    error: str
    message: str
    text: str
