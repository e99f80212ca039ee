"""One failing thing of a check's output, in words that stay the same from run to run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

_UNITTEST = re.compile(r"\S+ \(([\w.]+)\)")


def check_of(name: str) -> str:
    """What failed, from a name as runners' summaries have it: unittest puts its id in brackets."""
    bracketed = _UNITTEST.fullmatch(name)
    return bracketed[1] if bracketed else name


class Signature(NamedTuple):
    """What two failures share that are the same failure."""

    check: str
    error: str
    place: str
    message: str


@dataclass(frozen=True, slots=True)
class Failure:
    """``check`` is what failed as its runner names it, ``error`` the type, ``place`` where it broke
    (``file::function``), ``line`` how far the check itself came (0 is unknown), ``message`` what
    was said with its volatile parts masked."""

    check: str
    error: str
    place: str = ""
    line: int = 0
    message: str = ""

    @property
    def signature(self) -> Signature:
        return Signature(self.check, self.error, self.place, self.message)
