"""The value of a word: what the shell would hand to a program, as far as it can be known."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, Protocol

from remit.policy.shell.syntax import (
    Arithmetic,
    Literal,
    Part,
    Process,
    Substitution,
    Unreadable,
    Variable,
    Word,
)

MOST_BRACES = 64
MOST_OPEN = 8
SHORT = 64
"""Words below this length recur, so what they become is kept."""
_SPECIAL = re.compile(r"[~*?\[{\ue000-\ue0ff]")
_CLASS = re.compile(r"\[[^\]]+\]")
_QUIET = str.maketrans({letter: chr(0xE000 + ord(letter)) for letter in "~*?[]{},."})
_NOTHING = "\ue0ff"
"""An empty quoted text: it keeps its word from vanishing."""
_LOUD = str.maketrans(
    {chr(0xE000 + ord(letter)): letter for letter in "~*?[]{},."} | {_NOTHING: ""}
)
_PRIVATE = re.compile("[\ue000-\ue0ff]")
_SPACE = re.compile(r"\s")
_RANGE = re.compile(r"(-?\d{1,4})\.\.(-?\d{1,4})|([A-Za-z])\.\.([A-Za-z])")


class Arg(NamedTuple):
    """One argument. Not ``sure``: only known when it runs, and ``text`` says where from.
    ``wild``: a pattern of names. ``quoted``: the shell leaves it in one piece."""

    text: str
    sure: bool = True
    wild: bool = False
    quoted: bool = False

    @property
    def spelled(self) -> str:
        """In the one spelling of command lines: quoted where a shell would need it."""
        if not self.sure or self.wild:
            return self.text
        return _quote(self.text) if len(self.text) < SHORT else shlex.quote(self.text)


Variables = Mapping[str, Arg]


class Says(Protocol):
    """What a command substitution prints: patterns of paths, and all of it where it is known."""

    text: str | None

    def __iter__(self) -> Iterator[Arg]: ...

    def __len__(self) -> int: ...


_NOTHING_PRINTED: Mapping[int, Says] = {}
PIPE = Arg("/dev/fd/63")
"""What a process substitution stands for."""


def line_of(args: tuple[Arg, ...]) -> str:
    """The command line of ``args``: equal for equal arguments, whatever their quoting was."""
    return " ".join([arg.spelled for arg in args])


_quote = lru_cache(maxsize=2048)(shlex.quote)


@lru_cache(maxsize=2048)
def _plain(text: str) -> tuple[Arg, ...] | None:
    """What an unquoted word without anything special in it becomes."""
    return None if _SPECIAL.search(text) else (Arg(text),)


def _stays(text: str) -> bool:
    """Whether a quoted text reaches the program as it stands."""
    return text.isascii() and text[:1] not in ("", "~")


def expand(
    word: Word, variables: Variables, printed: Mapping[int, Says] = _NOTHING_PRINTED
) -> tuple[Arg, ...]:
    """The arguments ``word`` becomes: several where braces multiply it. ``printed`` says which
    paths its command substitutions print, by the identity of the part."""
    if len(word.parts) == 1:
        part = word.parts[0]
        if isinstance(part, Literal) and not part.quoted:
            text = part.text
            known = _plain(text) if len(text) < SHORT else None
            if known is not None:
                return known
        elif isinstance(part, Literal) and _stays(part.text):
            return (Arg(part.text),)
        if isinstance(part, Process):
            return (PIPE,)
        if isinstance(part, Substitution) and not part.quoted and printed.get(id(part)):
            return tuple(printed[id(part)])
    pieces = [_piece(part, variables, printed) for part in word.parts]
    late_home = any(
        piece.text.startswith("~")
        and "".join(before.text for before in pieces[:at]).strip(_NOTHING)
        for at, piece in enumerate(pieces)
    )
    if late_home or not all(piece.sure for piece in pieces):
        text = "".join(
            piece.text if not piece.sure else piece.text.translate(_LOUD) for piece in pieces
        )
        whole = all(getattr(part, "quoted", False) for part in word.parts)
        return (Arg(text, False, False, whole),)
    text = "".join(piece.text for piece in pieces)
    if not text:
        return (Arg("''", False),)
    if "{" in text:
        if text.count("{") > MOST_OPEN:
            raise Unreadable("braces that multiply too far")
        return tuple(_finished(one) for one in _braces(text) if one)
    return (_finished(text),)


def single(word: Word, variables: Variables, printed: Mapping[int, Says] = _NOTHING_PRINTED) -> Arg:
    """The one value of a word that is not multiplied, as in an assignment or a redirect."""
    args = expand(word, variables, printed) if word.parts else (Arg(""),)
    return args[0] if len(args) == 1 else Arg(" ".join(arg.text for arg in args), False)


def _finished(text: str) -> Arg:
    text = text.lstrip(_NOTHING) or text
    wild = _is_wild(text)
    if text.startswith("~") and not (text == "~" or text.startswith("~/")):
        return Arg(text.translate(_LOUD), False)
    plain = text.translate(_LOUD)
    if plain.startswith("~") and not text.startswith("~"):
        plain = f"./{plain}"
    return Arg(plain, True, wild)


def _is_wild(text: str) -> bool:
    """Whether a shell would look for files of this name. A class is only looked for up to the last
    bracket that could close one, so that many that open cost no more than one."""
    if "*" in text or "?" in text:
        return True
    return _CLASS.search(text, 0, text.rfind("]") + 1) is not None


def _piece(part: Part, variables: Variables, printed: Mapping[int, Says]) -> Arg:
    match part:
        case Literal(text=text, quoted=quoted):
            if _PRIVATE.search(text):
                raise Unreadable("a character of a private area")
            return Arg((text.translate(_QUIET) or _NOTHING) if quoted else text)
        case Variable():
            return _variable(part, variables)
        case Substitution():
            said = printed.get(id(part))
            known = None if said is None or said.text is None else Arg(said.text.rstrip("\n"))
            return Arg("$(…)", False) if known is None else _valued(known, part.quoted, "$(…)")
        case Arithmetic():
            return Arg("$((…))", False)
    return Arg("<(…)", False)


def _variable(part: Variable, variables: Variables) -> Arg:
    shown = f"${{{part.name}{part.operator}…}}" if part.operator else f"${part.name}"
    known = variables.get(part.name)
    if known is None or not known.sure or part.operator not in ("", ":-", "-", ":?", "?:"):
        return Arg(shown, False)
    if part.operator and not known.text:
        return Arg(shown, False)
    return _valued(known, part.quoted, shown)


def _valued(known: Arg, quoted: bool, shown: str) -> Arg:
    """A piece that holds a text; unquoted it may become several words, or none."""
    text = known.text
    if quoted:
        home = "~" if text.startswith("~") else ""
        rest = text[len(home) :]
        return Arg((home + (rest if known.wild else rest.translate(_QUIET))) or _NOTHING)
    if _SPACE.search(text) or not text:
        return Arg(shown, False)
    return Arg(text)


def _braces(text: str) -> list[str]:
    """Brace expansion; raises where it grows too large."""
    span = _first_braces(text)
    if span is None:
        return [text]
    start, end, choices = span
    tails = _braces(text[end:])
    found = [
        text[:start] + middle + tail
        for choice in choices
        for middle in _braces(choice)
        for tail in tails
    ]
    if len(found) > MOST_BRACES:
        raise Unreadable("braces that multiply too far")
    return found


def _first_braces(text: str) -> tuple[int, int, list[str]] | None:
    for start, letter in enumerate(text):
        if letter == "{":
            found = _choices(text, start)
            if found is not None:
                return start, found[0], found[1]
    return None


def _choices(text: str, start: int) -> tuple[int, list[str]] | None:
    depth, pieces, last = 0, [], start + 1
    for place in range(start, len(text)):
        letter = text[place]
        depth += (letter == "{") - (letter == "}")
        if letter == "," and depth == 1:
            pieces.append(text[last:place])
            last = place + 1
        if depth == 0:
            pieces.append(text[last:place])
            if len(pieces) > 1:
                return place + 1, pieces
            return _counted(pieces[0], place + 1)
    return None


def _counted(inner: str, end: int) -> tuple[int, list[str]] | None:
    found = _RANGE.fullmatch(inner)
    if not found:
        if ".." in inner:
            raise Unreadable("a brace range")
        return None
    if found[1]:
        low, high = sorted((int(found[1]), int(found[2])))
        numbers = [str(number) for number in range(low, min(high, low + MOST_BRACES) + 1)]
        return end, numbers
    low, high = sorted((ord(found[3]), ord(found[4])))
    return end, [chr(code) for code in range(low, high + 1)]
