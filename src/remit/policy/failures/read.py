"""The failures that the output of a check shows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from remit.model.failure import Failure
from remit.policy.loops.mask import masked
from remit.policy.results.runners import Runner

_PYTEST = re.compile(r"^(?:FAILED|ERROR) (\S+)(?: - (?:([A-Za-z_][\w.]*): ?)?(.*))?$", re.MULTILINE)
_ERROR = re.compile(r"^\w*(?:Error|Exception)\b.*$", re.MULTILINE)
_MOST = 400


@dataclass(frozen=True, slots=True)
class Failures:
    """``certain`` says that every failure is named; otherwise ``note`` says what is missing."""

    found: tuple[Failure, ...]
    certain: bool
    note: str = ""


def failures_in(
    runner: Runner, output: str, exit_code: int | None, report: object = None
) -> Failures:
    """The failures in ``output`` of a command that ended with ``exit_code``."""
    found = tuple(
        Failure(name, error or "failed", message=_masked(message or ""))
        for name, error, message in _PYTEST.findall(output)
    )
    if not found and exit_code:
        errors = _ERROR.findall(output)
        found = (
            Failure(
                "the check", f"exit {exit_code}", message=_masked(errors[-1] if errors else "")
            ),
        )
    return Failures(found, bool(found) or exit_code == 0)


def _masked(text: str) -> str:
    return masked(text.encode()[:_MOST]).decode("utf-8", "replace")
