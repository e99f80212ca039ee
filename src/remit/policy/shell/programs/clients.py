"""Programs of many commands that speak to a service, described by what their commands are.

A command is a path of words (``config view``). It looks, or prints credentials; everything else
changes something and is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from remit.model.groups import HIDDEN, Group
from remit.model.request import Effect
from remit.policy.shell.args import Arg
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import Split, split
from remit.policy.shell.programs.spec import asks_help
from remit.policy.wordlist import words

MOST_WORDS = 8
_WORD = re.compile(r"[A-Za-z][\w:.@-]*")
_CHANGING = re.compile(
    r"(?:^|[-_:])(?:add|apply|approve|assign|attach|bind|cancel|change|clear|close|complete|copy|cp"
    r"|create|deactivate|delete|deploy|destroy|detach|disable|disconnect|drain|drop|edit|enable"
    r"|exec|execute|export|failover|flush|force|grant|import|init|insert|install|invalidate|invoke"
    r"|join|kill|leave|link|lock|login|logout|merge|migrate|modify|mount|move|mv|patch|pause"
    r"|promote|provision|publish|purge|push|put|reboot|rebuild|register|reimage|release|remove"
    r"|rename|renew|reopen|replace|reset|resize|restart|restore|resume|revoke|rm|rollback|rotate"
    r"|run|save|scale|send|set|ssh|start|stop|submit|suspend|swap|switch|sync|tag|terminate"
    r"|transfer|trigger|truncate|undelete|undo|unlink|unlock|unset|update|upgrade|upload|upsert"
    r"|uninstall|use|wipe|write)(?:[-_]|$)"
)
"""Words that say that something is done; no reading word after one of these counts."""
_FILE_VALUE = re.compile(r"(?:^|=)fileb?://(.+)")

Odd = Callable[[Invocation, Split], str]


@dataclass(frozen=True, slots=True)
class Client:
    """``reads``, ``own`` and ``secrets`` are command paths; ``own`` reads nothing but what lies
    here. ``verbs`` match words that read wherever they stand after nouns. ``refused`` options
    change what a command does; ``revealing`` make it print credentials."""

    reads: frozenset[str]
    own: frozenset[str]
    secrets: frozenset[str]
    verbs: re.Pattern[str] | None
    hidden: re.Pattern[str] | None
    valued: frozenset[str]
    read_files: frozenset[str]
    written_files: frozenset[str]
    refused: frozenset[str]
    revealing: frozenset[str]
    group: Group
    odd: Odd | None
    whole: frozenset[str]
    nouns: frozenset[str]


def _paths(text: str) -> frozenset[str]:
    return frozenset(" ".join(path.split()) for path in text.split(",") if path.strip())


def client(
    reads: str = "",
    own: str = "version",
    secrets: str = "",
    verbs: str = "",
    hidden: str = "",
    valued: str = "",
    read_files: str = "",
    written_files: str = "",
    refused: str = "",
    revealing: str = "",
    group: Group = Group.REMOTE,
    odd: Odd | None = None,
    nouns: str = "",
) -> Handler:
    """The handler of a client; paths are separated by commas, options by blanks. A path
    with ``=`` in front is the whole command; ``nouns`` are words that only look like verbs."""
    known = Client(
        _paths(reads),
        _paths(own),
        _paths(secrets),
        re.compile(verbs) if verbs else None,
        re.compile(hidden) if hidden else None,
        words(valued) | words(read_files) | words(written_files),
        words(read_files),
        words(written_files),
        words(refused),
        words(revealing),
        group,
        odd,
        frozenset(path for path in _paths(f"{reads},{own},{secrets}") if path.startswith("=")),
        words(nouns),
    )

    def handle(inv: Invocation) -> Iterator[Effect]:
        yield from _handled(inv, known)

    return handle


def _handled(inv: Invocation, client: Client) -> Iterator[Effect]:
    if asks_help(inv) or not inv.args:
        yield inv.ran()
        return
    found = split(inv.args, client.valued)
    given = [arg.text for arg in found.operands[:MOST_WORDS]]
    path = " ".join([inv.name, *given[:2]])
    if not all(arg.sure for arg in inv.args) or found.may_mean(client.refused, client.valued):
        yield inv.unknown(path)
        return
    kind = _kind(given, client)
    if kind == HIDDEN or (kind and found.may_mean(client.revealing, client.valued)):
        yield inv.looks(HIDDEN, path)
        return
    odd = client.odd(inv, found) if kind and client.odd else ""
    if not kind or odd:
        yield inv.looks(HIDDEN, path) if odd == HIDDEN else inv.unknown(path)
        return
    yield from inv.reads(*found.values(*client.read_files), *_handed_over(inv.args))
    yield from inv.writes(*found.values(*client.written_files))
    yield inv.ran() if kind == _OWN else inv.looks(client.group, path)


_OWN, _READS = "own", "reads"


def _kind(given: list[str], client: Client) -> str:
    """What the command of the path ``given`` does; "" where it is not known to only look."""
    for most in range(min(len(given), 4), 0, -1):
        path = " ".join(given[:most])
        path = f"={path}" if most == len(given) and f"={path}" in client.whole else path
        for kind, paths in (
            (HIDDEN, client.secrets),
            (_OWN, client.own),
            (_READS, client.reads),
        ):
            if path in paths:
                return kind
    return _by_verb(given, client)


def _by_verb(given: list[str], client: Client) -> str:
    if client.verbs is None:
        return ""
    for at, word in enumerate(given):
        if client.verbs.fullmatch(word) and at:
            path = " ".join(given[: at + 1])
            secret = client.hidden and client.hidden.search(path)
            return HIDDEN if secret else _READS
        changes = at and word not in client.nouns and _CHANGING.search(word)
        if changes or not _WORD.fullmatch(word):
            return ""
    return ""


def _handed_over(args: tuple[Arg, ...]) -> Iterator[Arg]:
    """Files whose content an option hands over: ``file://template.yaml``."""
    for arg in args:
        found = _FILE_VALUE.search(arg.text)
        if found:
            yield Arg(found[1], arg.sure, arg.wild)
