"""The parts of a shell script, as values.

Named tuples, because reading one command makes dozens of them, and starting makes the classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Unreadable(Exception):
    """The text is no shell script we read without guessing; ``args[0]`` says what is wrong."""


class TooBig(Exception):
    """A limit was reached: too many commands (``many``) or too deeply nested (``deep``)."""


class Literal(NamedTuple):
    """Text. Unquoted text may still hold ``~``, globs and braces."""

    text: str
    quoted: bool


class Variable(NamedTuple):
    """``$name`` or ``${name…}``. ``operator`` is what follows the name, ``""`` for none, ``?`` for
    a form we do not follow."""

    name: str
    quoted: bool
    operator: str = ""
    argument: Word | None = None


class Substitution(NamedTuple):
    """``$(…)`` or backquotes."""

    script: Script
    quoted: bool


class Process(NamedTuple):
    """``<(…)`` or ``>(…)``: stands for the name of a pipe."""

    script: Script


class Arithmetic(NamedTuple):
    """``$((…))`` or ``((…))``; ``names`` are the variables it evaluates."""

    names: tuple[str, ...]
    inner: tuple[Part, ...]


Part = Literal | Variable | Substitution | Process | Arithmetic


class Word(NamedTuple):
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


class Redirect(NamedTuple):
    """``descriptor operator target``; for ``<<`` the target is the end word and the text is in
    ``document``."""

    operator: str
    target: Word
    descriptor: str = ""
    document: Document | None = None


class Assignment(NamedTuple):
    name: str
    value: Word | None
    """None for arrays and array elements, whose parts are in ``inner``."""
    inner: tuple[Word, ...] = ()
    added: bool = False


class Simple(NamedTuple):
    assignments: tuple[Assignment, ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]


class Compound(NamedTuple):
    """``kind`` is ``group``, ``subshell``, ``if``, ``while``, ``case``, ``arithmetic`` or ``test``.
    ``scripts`` are its bodies in order, ``words`` what it evaluates."""

    kind: str
    scripts: tuple[Script, ...] = ()
    words: tuple[Word, ...] = ()
    redirects: tuple[Redirect, ...] = ()


class For(NamedTuple):
    name: str
    words: tuple[Word, ...] | None
    """None for the positional parameters."""
    body: Script
    redirects: tuple[Redirect, ...] = ()


class Function(NamedTuple):
    name: str
    body: Command


Command = Simple | Compound | For | Function


class Pipeline(NamedTuple):
    commands: tuple[Command, ...]


class Chain(NamedTuple):
    """Pipelines joined by ``&&`` and ``||``: ``operators[i]`` stands before ``pipelines[i+1]``."""

    pipelines: tuple[Pipeline, ...]
    operators: tuple[str, ...]
    background: bool = False


class Script(NamedTuple):
    chains: tuple[Chain, ...]
