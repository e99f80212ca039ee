"""Counts every message once over all files.

A resumed or forked session repeats the messages of the first one. The fullest record of a
message counts, the earlier file where they are equal.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from remit.codec.transcripts.pack import unpack_messages, unpack_outline
from remit.model.scan import FileFacts, Merged
from remit.model.transcript import Message
from remit.services.scan.count import Counting


@dataclass(frozen=True, slots=True)
class Kept:
    """One transcript as it was read, its messages still packed."""

    facts: FileFacts
    keys: bytes
    packed: bytes


def kept(packed: bytes) -> Kept:
    """ValueError where ``packed`` is not what a reader made."""
    return Kept(*unpack_outline(packed), packed)


def keys_of(keys: bytes) -> array[int]:
    found = array("Q")
    found.frombytes(keys)
    return found


def merge(files: Sequence[Kept], counting: Counting) -> Merged:
    """Every file with cells that count only what is its own."""
    facts = [each.facts for each in files]
    repeated = _repeated(files)
    sharing = [at for at, each in enumerate(files) if not repeated.isdisjoint(keys_of(each.keys))]
    messages = {at: unpack_messages(files[at].packed) for at in sharing}
    owners = _owners(messages.items(), repeated)
    lost = 0
    for at, all_of_them in messages.items():
        theirs = {
            message.key
            for message in all_of_them
            if message.key in repeated and owners[message.key][1] != -at
        }
        lost += len(theirs)
        facts[at] = _without(facts[at], all_of_them, theirs, counting)
    return Merged(tuple(facts), tuple(sharing), lost)


def _without(
    facts: FileFacts, messages: Sequence[Message], theirs: set[int], counting: Counting
) -> FileFacts:
    """``facts`` without the messages, and the loops they began, that another file counts."""
    own = [message for message in messages if message.key not in theirs]
    loops = tuple(loop for loop in facts.loops if messages[loop.message].key not in theirs)
    return replace(facts, cells=counting.cells(own), loops=loops, overtime=counting.overtime(own))


def _repeated(files: Iterable[Kept]) -> set[int]:
    """Keys that stand in more than one file."""
    seen: set[int] = set()
    repeated: set[int] = set()
    for each in files:
        keys = keys_of(each.keys)
        repeated |= seen.intersection(keys)
        seen.update(keys)
    return repeated


def _owners(
    files: Iterable[tuple[int, tuple[Message, ...]]], repeated: set[int]
) -> dict[int, tuple[int, int]]:
    """Key -> (tokens of its fullest record, minus the place of the first file that has it)."""
    owners: dict[int, tuple[int, int]] = {}
    for at, messages in files:
        for message in messages:
            if message.key in repeated:
                claim = (message.usage.total, -at)
                owners[message.key] = max(owners.get(message.key, claim), claim)
    return owners
