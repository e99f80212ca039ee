"""Split arguments into options and operands, as most programs do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from remit.policy.shell.args import Arg


class Option(NamedTuple):
    """``name`` with its dashes; ``value`` where it was given one."""

    name: str
    value: Arg | None = None


class Split(NamedTuple):
    options: tuple[Option, ...]
    operands: tuple[Arg, ...]

    def has(self, *names: str) -> bool:
        return any(option.name in names for option in self.options)

    def may_mean(self, names: Iterable[str], known: frozenset[str] = frozenset()) -> bool:
        """Whether an option is one of ``names``, see :func:`may_mean`."""
        return any(may_mean(option.name, names, known) for option in self.options)

    def values(self, *names: str) -> Iterator[Arg]:
        for option in self.options:
            if option.name in names and option.value is not None:
                yield option.value


def may_mean(text: str, names: Iterable[str], known: frozenset[str] = frozenset()) -> bool:
    """Whether the option ``text`` is one of ``names`` or the beginning of a long one, which many
    programs take for the whole. One that is ``known`` is the beginning of none."""
    name = text.partition("=")[0]
    long = name.startswith("--") and len(name) > 2 and name not in known
    return any(name == whole or (long and whole.startswith(name)) for whole in names)


def split(
    args: Iterable[Arg], valued: frozenset[str] = frozenset(), *, ordered: bool = False
) -> Split:
    """Options and operands. ``valued`` are the options that take a value; ``ordered`` ends the
    options at the first operand, as wrappers do."""
    options: list[Option] = []
    operands: list[Arg] = []
    waiting = list(args)
    at = 0
    while at < len(waiting):
        arg = waiting[at]
        at += 1
        text = arg.text
        if text == "--" and arg.sure:
            operands += waiting[at:]
            break
        if not arg.sure or len(text) < 2 or text[0] != "-":
            operands.append(arg)
            if ordered:
                operands += waiting[at:]
                break
        elif text.startswith("--"):
            at += _long(text, valued, waiting[at : at + 1], options)
        else:
            at += _short(text, valued, waiting[at : at + 1], options)
    return Split(tuple(options), tuple(operands))


def _long(text: str, valued: frozenset[str], following: list[Arg], options: list[Option]) -> int:
    name, equals, value = text.partition("=")
    if equals:
        options.append(Option(name, Arg(value)))
        return 0
    if name in valued and following:
        options.append(Option(name, following[0]))
        return 1
    options.append(Option(name))
    return 0


def _short(text: str, valued: frozenset[str], following: list[Arg], options: list[Option]) -> int:
    if text in valued and len(text) > 2:
        options.append(Option(text, following[0] if following else None))
        return len(following)
    for place in range(1, len(text)):
        name = f"-{text[place]}"
        if name in valued:
            rest = text[place + 1 :]
            value = Arg(rest) if rest else following[0] if following else None
            options.append(Option(name, value))
            return 0 if rest else len(following)
        options.append(Option(name))
    return 0
