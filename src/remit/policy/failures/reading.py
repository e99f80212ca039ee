"""What one family's reader gives back, and how it puts a failure together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from remit.model.failure import Failure
from remit.policy.failures.mask import masked, masked_finding

MOST = 200
"""Failures of one run that are kept."""
CHECK_LIMIT, ERROR_LIMIT, PLACE_LIMIT = 300, 80, 300
GROUP_LIMIT = 100
"""Findings of one rule in one file whose messages are looked at; all are counted."""
_OTHERS = (
    "site-packages/", "dist-packages/", "/lib/python", "<frozen", "<string>", "node_modules/",
    "node:", "internal/", "/rustc/", "/.cargo/", "/usr/", "/vendor/", "/gems/", "/go/pkg/",
    "/opt/", "java.base/", "/.venv/", "<anonymous>", "<internal:", "_testmain.go",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """``told`` is how many failures the runner counts itself, None where it does not; ``stopped``
    says that it ended at the first failures, ``broken_off`` that the summary it always ends with
    is missing."""

    found: tuple[Failure, ...]
    told: int | None = None
    stopped: bool = False
    broken_off: bool = False

    @property
    def whole(self) -> bool:
        return self.told is None or self.told == sum(one.times for one in self.found)


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of a stack: 1-based line, function "" where unknown."""

    path: str
    line: int
    function: str = ""

    @property
    def ours(self) -> bool:
        """Whether it belongs to the project, as far as its path tells."""
        return not any(part in self.path for part in _OTHERS)

    @property
    def place(self) -> str:
        path = plain_path(self.path)
        return f"{path}::{self.function}" if self.function else path


def failure(check: str, error: str, place: str, line: int, message: str) -> Failure:
    """A failure whose texts are masked and bounded."""
    return Failure(
        check=" ".join(check[: 2 * CHECK_LIMIT].split())[:CHECK_LIMIT],
        error=masked(error)[:ERROR_LIMIT],
        place=masked_finding(place)[:PLACE_LIMIT],
        line=line,
        message=masked(message),
    )


def broken(check: str, error: str, frames: Sequence[Frame], own: str, message: str) -> Failure:
    """A failure with its stack, outermost frame first. ``own`` is the check's own file, "" where
    the outermost frame of the project is in it."""
    ours = [frame for frame in frames if frame.ours]
    place = ours[-1].place if ours else ""
    own = plain_path(own) or (plain_path(ours[0].path) if ours else "")
    lines = [frame.line for frame in ours if plain_path(frame.path) == own]
    return failure(check, error, place, lines[-1] if lines else 0, message)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of a program that reads source. ``rule`` may be a plain "error"."""

    path: str
    rule: str
    message: str


def gathered(findings: Iterable[Finding]) -> tuple[Failure, ...]:
    """The findings of one rule in one file as one failure; their messages in an order of their
    own, so that the order they came in plays no part."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in findings:
        groups.setdefault((plain_path(one.path), one.rule), []).append(one.message)
    return bounded(_group(path, rule, said) for (path, rule), said in groups.items())


def bounded(found: Iterable[Failure]) -> tuple[Failure, ...]:
    """The first of them: one more than are kept, so that it shows that some are not."""
    return tuple(islice(found, MOST + 1))


def _group(path: str, rule: str, said: list[str]) -> Failure:
    messages = sorted({masked_finding(message) for message in said[:GROUP_LIMIT]})
    made = failure(f"{path} {rule}", rule, path, 0, "; ".join(messages))
    return replace(made, times=len(said))


def plain_path(path: str) -> str:
    """``path`` as the project names it: with slashes and without a leading ``./``."""
    return path.strip().replace("\\", "/").removeprefix("file://").removeprefix("./")


def number(text: str) -> int:
    """A line number of an output; 0 for what cannot be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
