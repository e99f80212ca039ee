"""The agent's note on an attempt: a claim, taken where it matches what was observed.

It is filed as text that the shell only prints (ADR 0030), so that any client can do it and nothing
has to be installed or opened for it::

    cat <<'REMIT-NOTE'
    change: what was changed
    check: which check was run
    result: what it showed
    learnt: what is known now and was not before
    next: what the next attempt will test
    REMIT-NOTE
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from remit.model.attempt import Attempts
from remit.model.attempt_events import AttemptEnded
from remit.model.failure import Failure
from remit.policy.wordlist import words

FIELDS = ("change", "check", "result", "learnt", "next")
HOW = (
    "cat <<'REMIT-NOTE'\nchange: …\ncheck: …\nresult: …\nlearnt: …\nnext: …\nREMIT-NOTE\n"
    "(what you changed, the check you ran, what it showed, what you know now and did not before, "
    "what the next attempt will test)"
)
MOST_NOTE = 8192
_FILED = re.compile(r"\s*cat\s*<<\s*'REMIT-NOTE'\n(.*\n)REMIT-NOTE\s*", re.DOTALL)
_LINE = re.compile(r"(change|check|result|learnt|next)\s*:\s*(.*)")
_WORD = re.compile(r"[^\W_]+")
_LEAST_WORDS = 4
_EMPTY = words(
    "a an and are as at be but by did do does doing done else fail failed failing fails for "
    "from had has have i in is it its me more my need needs no none not nothing of on or so "
    "some something still test tests that the then there this to too tried try trying unclear "
    "unknown was we will with work worked working works again different differently fix"
)
"""What says nothing by itself."""


class Note(NamedTuple):
    change: str
    check: str
    result: str
    learnt: str
    next: str


def note_in(command: object) -> Note | None:
    """The note that ``command`` files; None where it is another command."""
    if not isinstance(command, str) or len(command) > MOST_NOTE:
        return None
    filed = _FILED.fullmatch(command)
    if filed is None or "\nREMIT-NOTE\n" in filed[1]:
        return None
    found: dict[str, list[str]] = {name: [] for name in FIELDS}
    at: list[str] = []
    for line in filed[1].splitlines():
        named = _LINE.fullmatch(line.strip())
        if named:
            at = found[named[1]]
        at.append(named[2] if named else line.strip())
    return Note(*(" ".join(filter(None, found[name])) for name in FIELDS))


def fault_of(note: Note, attempts: Attempts) -> str:
    """What of the note is missing or speaks against what was observed; "" where it matches."""
    last = attempts.last
    if last is None:
        return "there is no attempt to note anything of yet"
    if empty := [name for name in FIELDS if not getattr(note, name)]:
        return f"it says nothing under {', '.join(empty)}"
    if not _names_any(note.change, (path.rpartition("/")[2] for path in last.changed)):
        return f"its change names none of what was changed: {_listed(last.changed)}"
    if not _names_any(note.result, _shown(last)):
        return f"its result is not what was observed: {_listed(_shown(last))}"
    return ""


def taught(note: Note, attempts: Attempts) -> str:
    """Why what the note says was learnt is nothing new; "" where it is."""
    said = telling(note.learnt)
    if len(said) < _LEAST_WORDS:
        return "what it says was learnt is too vague to test"
    if said in attempts.lessons or any(said <= earlier for earlier in attempts.lessons):
        return "what it says was learnt was said of an earlier attempt"
    return ""


def telling(text: str) -> frozenset[str]:
    """The words of a lesson that carry it."""
    return frozenset(word for word in _WORD.findall(text.casefold()) if word not in _EMPTY)


def _shown(ended: AttemptEnded) -> tuple[str, ...]:
    """Words of which a true account of the result has one."""
    if not ended.failing:
        return ("pass", "green", "ok")
    return tuple(dict.fromkeys(word for one in ended.failing[:50] for word in _words_of(one)))


def _words_of(failure: Failure) -> Iterable[str]:
    yield re.split(r"::|/|\s", failure.check)[-1] or failure.check
    if failure.error:
        yield failure.error
    yield from (word for word in _WORD.findall(failure.message)[:20] if len(word) > 4)


def _names_any(text: str, names: Iterable[str]) -> bool:
    said = text.casefold()
    return any(name.casefold() in said for name in names if name)


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
