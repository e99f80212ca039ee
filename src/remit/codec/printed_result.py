"""The result that Claude Code prints at the end of ``--output-format json`` or ``stream-json``."""

from __future__ import annotations

from typing import Annotated

import msgspec

from remit.codec.telemetry import micro_dollars
from remit.codec.transcripts.sink import MOST_TOKENS
from remit.model.claimed_events import ResultClaimed

MOST_LINE = 8 * 1024 * 1024
"""Bytes of a line; a longer one is not read, and nothing is known of what it says."""
_MARK = b'"total_cost_usd"'
_Count = Annotated[int, msgspec.Meta(ge=0, le=1000 * MOST_TOKENS)]


class _Used(msgspec.Struct, gc=False):
    inputTokens: _Count = 0
    outputTokens: _Count = 0
    cacheReadInputTokens: _Count = 0
    cacheCreationInputTokens: _Count = 0

    @property
    def total(self) -> int:
        read = self.inputTokens + self.cacheReadInputTokens + self.cacheCreationInputTokens
        return read + self.outputTokens


class _Result(msgspec.Struct, gc=False):
    type: str = ""
    total_cost_usd: float | None = None
    modelUsage: dict[str, _Used] | None = None


_decode = msgspec.json.Decoder(_Result | list[_Result]).decode


class PrintedResult:
    """Follows what a client prints. ``claim`` is its last result: each says what the session cost
    so far, subagents and earlier stays included."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._too_long = False
        self.claim: ResultClaimed | None = None

    def feed(self, data: bytes) -> None:
        """The next bytes. Never raises, and looks at each byte a bounded number of times."""
        *whole, rest = data.split(b"\n")
        for part in whole:
            self._take(part)
            self._end()
        self._take(rest)

    def close(self) -> None:
        """Nothing follows: the last line may have no end."""
        self._end()

    def _take(self, part: bytes) -> None:
        self._too_long = self._too_long or len(self._line) + len(part) > MOST_LINE
        if self._too_long:
            self._line.clear()
        else:
            self._line += part

    def _end(self) -> None:
        if _MARK in self._line:
            self.claim = _claimed(bytes(self._line)) or self.claim
        self._line.clear()
        self._too_long = False


def _claimed(line: bytes) -> ResultClaimed | None:
    try:
        found = _decode(line)
        results = found if isinstance(found, list) else [found]
        last = next((one for one in reversed(results) if one.type == "result"), None)
        if last is None or last.total_cost_usd is None:
            return None
        tokens = sum(used.total for used in (last.modelUsage or {}).values())
        return ResultClaimed(tokens, micro_dollars(last.total_cost_usd))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
