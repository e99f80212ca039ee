"""Gathers what the reader of one transcript finds."""

from __future__ import annotations

from hashlib import blake2b

from remit.codec.transcripts.sink import Asked, Said
from remit.model.transcript import Message, Oddities, Outcome, PastCall, Transcript
from remit.policy.loops.mask import masked, same
from remit.policy.loops.outcome import failed_as

WINDOW = 24
"""Different calls back to which results are compared."""
_ERROR_BYTES = 2000


class Collector:
    """A sink for one file."""

    def __init__(self, path: str) -> None:
        self._path = path
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
        self._recent: dict[tuple[str, int], tuple[int, bytes]] = {}

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
        _, tool, arguments, subject, before, after, _ = asked
        actor = self._said[self._now].subagent
        self._calls.append((actor, tool, arguments, line, self._now, subject, before, after))
        self._results.append(0)
        self._outcomes.append(Outcome.PENDING)
        self._errors.append(0)

    def answered(self, call: str, failed: bool, content: bytes) -> None:
        index = self._pending.pop(call, None)
        if index is None:
            return
        if failed:
            text = content[:_ERROR_BYTES]
            self._outcomes[index] = failed_as(text)
            self._errors[index] = hash(masked(text)) or 1
        else:
            self._outcomes[index] = Outcome.OK
        row = self._calls[index]
        self._results[index] = self._numbered((row[0], row[2]), index, content)

    def _numbered(self, key: tuple[str, int], index: int, content: bytes) -> int:
        """The number of the result: that of the last result of the same call where it is equal."""
        number = index + 1
        recent = self._recent
        earlier = recent.pop(key, None)
        if earlier is not None:
            if same(earlier[1], content):
                number = earlier[0]
        elif len(recent) >= WINDOW:
            del recent[next(iter(recent))]
        recent[key] = (number, content)
        return number

    def belongs(self, session: str, project: str) -> None:
        self._session, self._project = session, project

    def moved(self, cwd: str) -> None:
        """What a loop is does not depend on where it runs."""

    def unreadable(self) -> None:
        self._unreadable += 1

    def transcript(self, agent: str, session: str, too_long: int, cut: bool) -> Transcript:
        """Everything that was found. ``session`` is what the file's name says, ``""``: nothing."""
        tails = zip(self._results, self._outcomes, self._errors, strict=True)
        return Transcript(
            agent,
            self._path,
            session or self._session,
            self._project,
            tuple(map(_message, self._said)),
            tuple(PastCall(*row, *tail) for row, tail in zip(self._calls, tails, strict=True)),
            Oddities(self._unreadable, too_long, cut),
        )


def _message(said: Said) -> Message:
    id_, request, at, model, subagent, usage, processing, speed = said
    name = f"{id_}\0{request}".encode("utf-8", "replace")
    key = int.from_bytes(blake2b(name, digest_size=8).digest(), "big")
    return Message(key, at[:16], model, subagent != "", usage, processing, speed)
