"""Regular expressions that name the words a command begins with, as such words.

Only the plainest are read: words, blanks between them, a choice of words. Of the others the words
before the first sign that is none of these are read, and nothing is guessed of the rest.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MOST = 24
"""Commands that one choice of words may stand for."""
_START = re.compile(r"\^?(?:\\s\*)?(?:\\b)?")
_BLANK = re.compile(r"\\s[+*]?| +|\[ ?\\s\]\+")
_LETTER = re.compile(r"[A-Za-z0-9_/:@=,-]|\\[./-]")
_CHOICE = re.compile(r"\((?:\?:)?([A-Za-z0-9_|:/-]+)\)(?![?*+{])")
_END = re.compile(r"(\\s\*)?(?P<bound>\\b|\$|\((?:\?:)?\\s\|\$\))?(?:\.\*)?\$?")


class Words(NamedTuple):
    """``commands`` are the words each command begins with. ``whole``: the expression says no more.
    ``bound``: its last word ends there."""

    commands: tuple[str, ...]
    whole: bool = False
    bound: bool = False


def read_words(pattern: str) -> Words:
    """What ``pattern`` names; no commands where it names none."""
    if "|" in re.sub(r"\([^()]*\)", "", pattern):
        return Words(())  # a choice of whole expressions: words of one say nothing of the others
    start = _START.match(pattern)
    at = start.end() if start else 0
    done: list[str] = [""]
    complete: list[str] = []
    while at < len(pattern):
        if blank := _BLANK.match(pattern, at):
            if blank[0] == r"\s*":
                break
            complete, done = done, [f"{text} " for text in done]
            at = blank.end()
        elif letter := _LETTER.match(pattern, at):
            if pattern[letter.end() : letter.end() + 1] in ("?", "*", "+", "{"):
                break
            done = [text + letter[0].removeprefix("\\") for text in done]
            at = letter.end()
        elif choice := _CHOICE.match(pattern, at):
            done = [text + word for text in done for word in choice[1].split("|")]
            at = choice.end()
        else:
            break
        if len(done) > MOST:
            return Words(())
    ended = _END.match(pattern, at)
    if ended and ended.end() == len(pattern) and done[0].strip():
        bound = bool(ended["bound"]) or done[0].endswith(" ")
        if not bound and not all(text[-1].isalnum() for text in done):
            return Words(_clean(complete))
        return Words(_clean(done), whole=True, bound=bound)
    return Words(_clean(done if done[0].endswith(" ") else complete))


def _clean(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
