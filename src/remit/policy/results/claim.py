"""What a test runner says of itself: in its output, or in a result file. A claim, no more."""

from __future__ import annotations

from dataclasses import dataclass

from remit.model.events import TestCounts


@dataclass(frozen=True, slots=True)
class Claim:
    """One summary. ``passed`` is None where the runner does not say how many passed.

    ``ids`` are all test ids where the source names them all (a result file), else None.
    ``exact`` is False where the numbers cannot be held against another source (reruns, subtests).
    """

    passed: int | None
    failed: int
    skipped: int
    failing: tuple[str, ...] = ()
    ids: frozenset[str] | None = None
    exact: bool = True

    @property
    def counts(self) -> TestCounts | None:
        if self.passed is None:
            return None
        return TestCounts(self.passed, self.failed, self.skipped)


def total(claims: tuple[Claim, ...]) -> Claim:
    """The claims of several invocations of a runner as one."""
    known = [claim.passed for claim in claims if claim.passed is not None]
    return Claim(
        passed=sum(known) if len(known) == len(claims) else None,
        failed=sum(claim.failed for claim in claims),
        skipped=sum(claim.skipped for claim in claims),
        failing=tuple(dict.fromkeys(name for claim in claims for name in claim.failing)),
        exact=all(claim.exact for claim in claims),
    )
