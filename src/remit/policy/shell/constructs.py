"""What single constructs of a script mean for what runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.model.request import Effect, EffectKind
from remit.policy.shell.args import Variables, single
from remit.policy.shell.dynamic import Family, dynamic
from remit.policy.shell.environment import steers
from remit.policy.shell.feed import Feed, Printed
from remit.policy.shell.scope import Scope
from remit.policy.shell.syntax import Chain, Literal, Redirect, Simple, Unreadable, Variable, Word

_EXITS = frozenset({"exit", "return", "continue", "break"})
_BUILT_IN_TESTS = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-v"})


def leaves(chain: Chain) -> bool:
    """``cd x || exit``: what follows runs only where the ``cd`` succeeded."""
    last = chain.pipelines[-1].commands[-1]
    ends = isinstance(last, Simple) and bool(last.words) and last.words[0].plain in _EXITS
    return ends and "||" in chain.operators[-1:] and "||" not in chain.operators[:-1]


_PLACE = re.compile(r"TMPDIR=(/(?!.*\.\.)[\w./-]+)")


def steered(name: str, text: str, line: str) -> Iterator[Effect]:
    """Setting ``name``, ``text`` being ``NAME=value``: another place for temporary files is
    written to, other programs are steered."""
    place = _PLACE.fullmatch(text)
    if place:
        yield Effect(EffectKind.WRITE, f"{place[1].rstrip('/')}/*", line)
    elif steers(name, text):
        yield dynamic(Family.ENVIRONMENT, name, line)


def computed(names: tuple[str, ...], scope: Scope) -> Iterator[Effect]:
    """Arithmetic runs what a variable holds: ``a[$(rm x)]``."""
    for name in names:
        if name in scope.texts or name.isdigit():
            yield dynamic(Family.UNPARSED, f"arithmetic on ${name}")


def evaluated(words: tuple[Word, ...], scope: Scope) -> Iterator[Effect]:
    """``[[ $x -eq 1 ]]`` is arithmetic too."""
    if any(word.plain in _BUILT_IN_TESTS for word in words):
        parts = [part for word in words for part in word.parts]
        names = tuple(part.name for part in parts if isinstance(part, Variable))
        if any(isinstance(part, Literal) and "[" in part.text for part in parts):
            yield dynamic(Family.SHELL, "a subscript in a test")
        yield from computed(names, scope)


def fed(redirects: tuple[Redirect, ...], variables: Variables, feed: Feed) -> Feed:
    for redirect in redirects:
        if redirect.document is not None:
            feed = Feed(single(redirect.document.text, variables))
        elif redirect.operator == "<<<":
            feed = Feed(single(redirect.target, variables))
        elif redirect.operator in ("<", "<>", "<&"):
            feed = Feed(None, True)
    return feed


_TWO_WAYS = re.compile(r"(?<!\$)\(\(|\$'(?:[^'\\]|\\[^'])*+\\'")
_IN_A_TEST = re.compile(r"[<>|&(]")
"""To ``sh``, ``((`` may open subshells, ``[[`` is a program, ``$`` before a quote is nothing."""


def agreed(text: str, shell: str) -> None:
    """Raise Unreadable where shells differ on where the commands of ``text`` begin and end."""
    if shell == "sh" and (_TWO_WAYS.search(text) or any(map(_splits, text.split("[[")[1:]))):
        raise Unreadable("what sh and bash read in two ways")


def _splits(test: str) -> bool:
    """Whether ``[[`` and ``test`` after it are one command to bash and several to others."""
    return _IN_A_TEST.search(test.partition("]")[0]) is not None


_SECRET_NAME = re.compile(
    r"(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|APIKEY)(?:_|$)|(?:API|ACCESS|PRIVATE|SECRET)_?KEY"
)
_MIXING = frozenset([">&", "&>", "&>>"])
"""After these, messages about names stand among the names."""


def is_secret_name(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def redirected(redirects: tuple[Redirect, ...], printed: Printed) -> None:
    """What a command still prints to the next one, where some of it goes elsewhere."""
    if any(redirect.operator in _MIXING for redirect in redirects):
        printed.clear()
    elif any(">" in redirect.operator for redirect in redirects):
        printed.text = None
