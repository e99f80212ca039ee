"""The parts of a shell script, as values."""

from __future__ import annotations

from dataclasses import dataclass


class Unreadable(Exception):
    """The text is no shell script we read without guessing; ``args[0]`` says what is wrong."""


class TooBig(Exception):
    """A limit was reached: too many commands (``many``) or too deeply nested (``deep``)."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Text. Unquoted text may still hold ``~``, globs and braces."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Variable:
    """``$name`` or ``${name…}``. ``operator`` is what follows the name, ``""`` for none, ``?`` for
    a form we do not follow."""

    name: str
    quoted: bool
    operator: str = ""
    argument: Word | None = None


@dataclass(frozen=True, slots=True)
class Substitution:
    """``$(…)`` or backquotes."""

    script: Script
    quoted: bool


@dataclass(frozen=True, slots=True)
class Process:
    """``<(…)`` or ``>(…)``: stands for the name of a pipe."""

    script: Script


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``$((…))`` or ``((…))``; ``names`` are the variables it evaluates."""

    names: tuple[str, ...]
    inner: tuple[Part, ...]


Part = Literal | Variable | Substitution | Process | Arithmetic


@dataclass(frozen=True, slots=True)
class Word:
    parts: tuple[Part, ...]

    @property
    def plain(self) -> str | None:
        """The text of a word that is one unquoted literal, as keywords are."""
        if len(self.parts) == 1:
            part = self.parts[0]
            if isinstance(part, Literal) and not part.quoted:
                return part.text
        return None


@dataclass(slots=True)
class Document:
    """The text of a here-document: it stands after the line that announces it."""

    text: Word


@dataclass(frozen=True, slots=True)
class Redirect:
    """``descriptor operator target``; for ``<<`` the target is the end word and the text is in
    ``document``."""

    operator: str
    target: Word
    descriptor: str = ""
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    name: str
    value: Word | None
    """None for arrays and array elements, whose parts are in ``inner``."""
    inner: tuple[Word, ...] = ()
    added: bool = False


@dataclass(frozen=True, slots=True)
class Simple:
    assignments: tuple[Assignment, ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]


@dataclass(frozen=True, slots=True)
class Compound:
    """``kind`` is ``group``, ``subshell``, ``if``, ``while``, ``case``, ``arithmetic`` or ``test``.
    ``scripts`` are its bodies in order, ``words`` what it evaluates."""

    kind: str
    scripts: tuple[Script, ...] = ()
    words: tuple[Word, ...] = ()
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class For:
    name: str
    words: tuple[Word, ...] | None
    """None for the positional parameters."""
    body: Script
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    body: Command


Command = Simple | Compound | For | Function


@dataclass(frozen=True, slots=True)
class Pipeline:
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Pipelines joined by ``&&`` and ``||``: ``operators[i]`` stands before ``pipelines[i+1]``."""

    pipelines: tuple[Pipeline, ...]
    operators: tuple[str, ...]
    background: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    chains: tuple[Chain, ...]
