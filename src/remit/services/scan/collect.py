"""Gathers what the reader of one transcript finds."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from remit.codec.transcripts.sink import Asked, Said
from remit.model.transcript import Message, Oddities, Outcome, PastCall, Transcript
from remit.model.usage import Usage
from remit.policy.loops.mask import masked, same
from remit.policy.loops.outcome import failed_as

WINDOW = 24
"""Different calls back to which results are compared."""
_ERROR_BYTES = 2000


def number_of(data: bytes) -> int:
    """What stands for ``data``: equal numbers mean equal bytes. Never 0, fits 63 bits."""
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big") >> 1 or 1


class Collector:
    """A sink for one file."""

    def __init__(self, agent: str, path: str) -> None:
        self._agent, self._path = agent, path
        self._session = self._project = ""
        self._unreadable = 0
        self._said: list[Said] = []
        self._places: dict[tuple[str, str], int] = {}
        self._now = -1
        self._calls: list[tuple[str, str, int, int, int, str, int, int]] = []
        self._results: list[int] = []
        self._outcomes: list[Outcome] = []
        self._errors: list[int] = []
        self._pending: dict[str, int] = {}
        self._recent: dict[tuple[str, int], tuple[int, Callable[[], bytes]]] = {}

    def said(self, said: Said) -> None:
        """Of several records of one answer the fullest counts: usage only grows while it comes."""
        key = (said.id, said.request)
        place = self._places.get(key)
        if place is None:
            self._places[key] = place = len(self._said)
            self._said.append(said)
        elif said.usage.total > self._said[place].usage.total:
            self._said[place] = said
        self._now = place

    def asked(self, asked: Asked, line: int) -> None:
        if asked.id in self._pending or self._now < 0:
            return
        self._pending[asked.id] = len(self._calls)
        self._calls.append(
            (
                self._said[self._now].subagent,
                asked.tool,
                number_of(asked.tool.encode("utf-8", "replace") + b"\0" + asked.arguments),
                line,
                self._now,
                asked.subject,
                number_of(asked.before) if asked.before else 0,
                number_of(asked.after) if asked.after else 0,
            )
        )
        self._results.append(0)
        self._outcomes.append(Outcome.PENDING)
        self._errors.append(0)

    def answered(self, call: str, failed: bool, content: Callable[[], bytes]) -> None:
        index = self._pending.pop(call, None)
        if index is None:
            return
        outcome = Outcome.OK
        if failed:
            text = content()[:_ERROR_BYTES]
            outcome = failed_as(text)
            self._errors[index] = number_of(masked(text))
        self._outcomes[index] = outcome
        row = self._calls[index]
        self._results[index] = self._numbered((row[0], row[2]), index, content)

    def _numbered(self, key: tuple[str, int], index: int, content: Callable[[], bytes]) -> int:
        """The number of the result: that of the last result of the same call where it is equal."""
        number = index + 1
        earlier = self._recent.pop(key, None)
        if earlier is not None and same(earlier[1](), content()):
            number = earlier[0]
        elif earlier is None and len(self._recent) >= WINDOW:
            del self._recent[next(iter(self._recent))]
        self._recent[key] = (number, content)
        return number

    def belongs(self, session: str, project: str) -> None:
        self._session, self._project = session, project

    def unreadable(self) -> None:
        self._unreadable += 1

    def transcript(self, session: str, too_long: int, cut: bool) -> Transcript:
        """Everything that was found. ``session`` is what the file's name says, ``""``: nothing."""
        tails = zip(self._results, self._outcomes, self._errors, strict=True)
        return Transcript(
            self._agent,
            self._path,
            session or self._session,
            self._project,
            tuple(map(_message, self._said)),
            tuple(PastCall(*row, *tail) for row, tail in zip(self._calls, tails, strict=True)),
            Oddities(self._unreadable, too_long, cut),
        )


def _message(said: Said) -> Message:
    key = number_of(f"{said.id}\0{said.request}".encode("utf-8", "replace"))
    usage: Usage = said.usage
    return Message(
        key, said.at[:16], said.model, bool(said.subagent), usage, said.processing, said.speed
    )
