"""The failing tests of a result file, each with the text that its runner wrote of it."""

from __future__ import annotations

from remit.model.failure import Failure, Reported
from remit.policy.failures.junit import stacked
from remit.policy.failures.pytest import explained
from remit.policy.failures.reading import failure
from remit.policy.failures.text import readable

_PYTHON = ("E  ", "Traceback (most recent call last)")
_JAVA = ("\tat ", "    at ")


def reported(one: Reported, root: str) -> Failure:
    """The same failure as the runner's output would show, as far as its text goes."""
    lines = readable(one.text, root).lines
    if any(line.startswith(_PYTHON) for line in lines):
        return explained(one.check, lines)
    if any(line.startswith(_JAVA) for line in lines):
        return stacked(one.check.replace("::", "."), [line for line in lines if line])
    return failure(one.check, one.error or "error", "", 0, one.message)
