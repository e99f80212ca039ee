"""Errors a person can act on. "No" and "cannot say" are answers, not errors (ADR 0005)."""

from __future__ import annotations

from dataclasses import dataclass


class RemitError(Exception):
    """Something a person must mend before Remit can go on.

    ``message`` says what and where; ``remedy`` says what to do next.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class UsageError(RemitError):
    """The command was called in a way that cannot be carried out."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One defect in a contract or policy file.

    ``key`` is the dotted TOML key (``scope.edit``), ``line`` is 1-based or None
    where the key is missing altogether.
    """

    key: str
    message: str
    fix: str
    line: int | None = None


class InvalidDocument(RemitError):
    """A contract, policy or packet that does not hold; carries every problem at once."""

    def __init__(self, source: str, problems: tuple[Problem, ...], remedy: str = "") -> None:
        plural = "problem" if len(problems) == 1 else "problems"
        super().__init__(f"{source}: {len(problems)} {plural}", remedy)
        self.source = source
        self.problems = problems


class IntegrityError(RemitError):
    """A chain, blob or store that is not what was written; ``place`` says where."""

    def __init__(self, message: str, place: str, remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.place = place


class LedgerUnavailable(RemitError):
    """An entry could not be made durable. On the enforcement path this is a deny."""
