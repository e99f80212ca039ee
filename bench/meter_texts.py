"""Answers whose tokens are known, made from a seed: prose, code, figures and Chinese."""

from __future__ import annotations

import random
from typing import NamedTuple

_LETTERS = "etaoinshrdlucmfwygpbvk"
_CODE = "def |return |self.|(|)|:\n    | = |[0]|if |None|, |value".split("|")  # noqa: SIM905
_STYLES = ("prose", "code", "figures", "chinese")


class Piece(NamedTuple):
    """The text of one event, and how many tokens the provider counts for it."""

    text: str
    tokens: int


def pieces(seed: int, count: int) -> list[Piece]:
    """An answer of ``count`` events in a style that ``seed`` draws, one to six tokens each."""
    draw = random.Random(seed)
    style = draw.choice(_STYLES)
    made = []
    for _ in range(count):
        tokens = draw.randint(1, 6)
        made.append(Piece("".join(_token(draw, style) for _ in range(tokens)), tokens))
    return made


def _token(draw: random.Random, style: str) -> str:
    """About as long as a token of such text is."""
    match style:
        case "prose":
            return "".join(draw.choices(_LETTERS, k=draw.choice((2, 3, 4, 5, 6)))) + " "
        case "code":
            return draw.choice(_CODE)
        case "figures":
            return str(draw.randrange(1000)).zfill(3)
        case _:
            return chr(draw.randrange(0x4E00, 0x9FA5))
