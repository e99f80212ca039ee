"""Programs that one table describes: what their operands and options name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from remit.model.request import Effect
from remit.policy.shell.args import Arg
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import may_mean, split
from remit.policy.wordlist import words


class Names(StrEnum):
    """What an argument names."""

    TEXT = "text"
    READ = "read"
    FILE = "file"
    """Read, where it is a file: of a folder there is nothing to read."""
    WRITE = "write"
    DELETE = "delete"
    CHANGE = "change"
    """Read and written in place."""


TEXT, READ, FILE = Names.TEXT, Names.READ, Names.FILE
WRITE, DELETE, CHANGE = Names.WRITE, Names.DELETE, Names.CHANGE


def touch(inv: Invocation, names: Names, *args: Arg) -> Iterator[Effect]:
    """The effects of naming ``args``."""
    match names:
        case Names.READ:
            yield from inv.reads(*args)
        case Names.FILE:
            yield from inv.reads(*(arg for arg in args if not _is_folder(arg)))
        case Names.WRITE:
            yield from inv.writes(*args)
        case Names.DELETE:
            yield from inv.deletes(*args)
        case Names.CHANGE:
            yield from inv.reads(*args)
            yield from inv.writes(*args)


def _is_folder(arg: Arg) -> bool:
    return arg.sure and not arg.wild and (arg.text.endswith("/") or arg.text in (".", "..", "~"))


def program(
    operands: Names = Names.READ,
    first: Names | None = None,
    last: Names | None = None,
    refused: str = "",
    default: str = "",
    **valued: str,
) -> Handler:
    """A program whose operands are all ``operands``, but the ``first`` or the ``last``.

    ``valued`` gives, for each meaning (``text``, ``read``, ``write``), the options whose value
    means it; ``refused`` the options that make the program run or change something else;
    ``default`` is read where no operand is given and nothing is piped in.
    """
    meanings = {name: Names(names) for names, options in valued.items() for name in options.split()}
    return _handler(operands, first, last, frozenset(refused.split()), default, meanings)


def _handler(
    operands: Names,
    first: Names | None,
    last: Names | None,
    refused: frozenset[str],
    default: str,
    meanings: Mapping[str, Names],
) -> Handler:
    known = frozenset(meanings)
    marked = refused | {name for name, named in meanings.items() if named is not TEXT}

    def handle(inv: Invocation) -> Iterator[Effect]:
        found = split(inv.args, known)
        for option in found.options:
            begun = option.name not in known and may_mean(option.name, marked)
            if option.name in refused or begun:
                yield inv.unknown(f"{inv.name} {option.name}")
            if option.value is not None and option.name in meanings:
                yield from touch(inv, meanings[option.name], option.value)
        rest = found.operands
        if first is not None and rest:
            yield from touch(inv, first, rest[0])
            rest = rest[1:]
        if last is not None and len(rest) > 1:
            yield from touch(inv, last, rest[-1])
            rest = rest[:-1]
        yield from touch(inv, operands, *rest)
        if default and not found.operands and inv.feed.text is None and not inv.feed.piped:
            yield from touch(inv, operands, Arg(default))
        yield inv.ran()

    return handle


def each(names: str, handler: Handler) -> dict[str, Handler]:
    return dict.fromkeys(names.split(), handler)


def harmless(inv: Invocation) -> Iterator[Effect]:
    """Prints something and touches nothing, whatever its arguments are."""
    yield inv.ran()


_ALONE = frozenset({"--help", "-h", "--version", "-V"})
_WORD = re.compile(r"[a-z][a-z0-9-]*")
_STARTS = words("run exec x dlx tool start test create new shell script task dev debug do")
"""Words after which ``--help`` is for what is started."""
MOST_WORDS = 4


def asks_itself(inv: Invocation) -> bool:
    """``tool --version`` and ``tool --help``, with nothing else."""
    return len(inv.args) == 1 and inv.args[0].sure and inv.args[0].text in _ALONE


def asks_help(inv: Invocation) -> bool:
    """Also ``tool help word`` and ``tool word --help``, for tools whose words are their own."""
    given = [arg.text for arg in inv.args]
    if asks_itself(inv) or not given or not all(arg.sure and not arg.wild for arg in inv.args):
        return asks_itself(inv)
    named = given[1:] if given[0] == "help" else given[:-1]
    asks = given[0] == "help" or given[-1] in ("--help", "-h")
    own = all(_WORD.fullmatch(text) and text not in _STARTS for text in named)
    return asks and own and len(named) <= MOST_WORDS


def reading(allowed: str) -> Handler:
    """A program of many commands of which ``allowed`` only read; the others are unknown."""
    known = frozenset(allowed.split())

    def handle(inv: Invocation) -> Iterator[Effect]:
        words = [arg for arg in inv.args if not arg.text.startswith("-")]
        sure = all(arg.sure for arg in inv.args)
        if asks_help(inv) or (sure and words and words[0].text in known):
            yield inv.ran()
        else:
            yield inv.unknown(" ".join([inv.name, *(arg.text for arg in words[:1])]))

    return handle
