"""Code and paths that are only known when they run.

Each such command is a thing of its own: another one-liner is no repetition of the first. One that
names what was held before is: that is the same resource by another route.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from remit.model.decision import Outcome, Reason
from remit.model.request import Effect
from remit.policy.rules.case import Case
from remit.policy.rules.commands import permission
from remit.policy.rules.wording import short
from remit.policy.shell.dynamic import Family

_SPELLED = "the same with literal words: names and paths written out, one command at a time"
_EDIT = "Read, Edit and Write for files, and commands written out in full"
_SAID: dict[str, tuple[Outcome, str, str]] = {
    Family.TOO_LONG: (
        Outcome.DENY,
        "The command is too long to be judged ({})",
        "several short commands, and Write for the text of a file",
    ),
    Family.TOO_MANY: (
        Outcome.DENY,
        "The command has too many parts to be judged ({})",
        "several short commands, and Write for the text of a file",
    ),
    Family.TOO_DEEP: (Outcome.DENY, "The command is not judged: too much {}", _SPELLED),
    Family.UNPARSED: (Outcome.ASK, "The command cannot be read without guessing ({})", _SPELLED),
    Family.INLINE: (
        Outcome.DENY,
        "Code given on the command line cannot be judged before it runs ({})",
        "the same code as a test in the edit scope, run by a check of the contract; Read, Grep and "
        "plain commands to look at files, Edit and Write to change them",
    ),
    Family.PIPED: (Outcome.DENY, "Code that arrives through a pipe cannot be judged ({})", _EDIT),
    Family.COMMAND: (
        Outcome.DENY,
        "Which program runs is only known when it runs ({})",
        _SPELLED,
    ),
    Family.PATH: (Outcome.ASK, "Which path is meant is only known when it runs ({})", _SPELLED),
    Family.ENVIRONMENT: (
        Outcome.DENY,
        "This variable changes what other programs do ({})",
        "the same command without it; PYTHONPATH or NODE_PATH with folders of the repository right "
        "in front of a check",
    ),
    Family.SHELL: (
        Outcome.DENY,
        "This changes what later words of the shell mean ({})",
        "plain commands",
    ),
}


def dynamic(effect: Effect, case: Case) -> Reason:
    family, _, detail = effect.target.partition(": ")
    if family == Family.ENVIRONMENT:
        freed = permission(effect, case)
        if freed is not None:
            return freed
    outcome, message, allowed = _SAID[family]
    return Reason(
        f"shell.{family}",
        outcome,
        _subject(effect, family, detail, case.state.denials),
        f"{message.format(short(detail))}.",
        allowed=allowed,
        ask="a check in the contract that runs this for you" if family == Family.INLINE else "",
    )


_NAMED = frozenset({Family.INLINE, Family.ENVIRONMENT})
"""What these found says which thing it is; of the others only the whole command does."""
_MOST_SUBJECT = 200
_SHORTEST = 3


def _subject(effect: Effect, family: str, detail: str, denied: Iterable[str]) -> str:
    text = f"{effect.via} {detail}"
    for known in denied:
        if len(known) >= _SHORTEST and _mentions(text, known):
            return known
    found = detail if family in _NAMED else effect.via or detail
    return short(found, _MOST_SUBJECT)


def _mentions(text: str, known: str) -> bool:
    return known in text and bool(re.search(rf"(?<![\w./-]){re.escape(known)}(?![\w/-])", text))
