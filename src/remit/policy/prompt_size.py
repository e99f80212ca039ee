"""How many tokens a request may have before its provider counts them. Pure."""

from __future__ import annotations

from remit.model.traffic import Asked

_BYTES_A_TOKEN = 3
"""Fewer than in anything people or clients write; what is taken where nothing is known yet."""


class PromptSizes:
    """Learns from the requests of one run. Sizes are in bytes, prompts in tokens."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, int]] = {}
        self._densest = 0.0

    def learn(self, asked: Asked, prompt: int) -> None:
        """``asked`` had ``prompt`` tokens, as the provider counted."""
        self._last[asked.tools] = asked.size, prompt
        self._densest = max(self._densest, prompt / max(1, asked.size))

    def most(self, asked: Asked) -> int:
        """What it may have at most: a conversation that goes on has what it had and no more
        tokens than bytes were added; any other has no more tokens than bytes."""
        size, prompt = self._last.get(asked.tools, (0, 0))
        if asked.size < size:
            return asked.size
        return min(asked.size, prompt + asked.size - size)

    def likely(self, asked: Asked) -> int:
        """What it has rather less than, for when there is not room for the most."""
        if not self._densest:
            return asked.size // _BYTES_A_TOKEN
        return min(asked.size, int(asked.size * self._densest * 5 / 4) + 1)
