"""Counts every message once over all files.

A resumed or forked session repeats the messages of the first one. The fullest record of a
message counts, the earlier file where they are equal.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import replace

from remit.codec.transcripts.pack import unpack_messages
from remit.model.scan import FileFacts, FileRead, Merged
from remit.model.transcript import Message
from remit.services.scan.count import Counting


def keys_of(packed: bytes) -> array[int]:
    keys = array("Q")
    keys.frombytes(packed)
    return keys


def merge(reads: Sequence[FileRead], counting: Counting) -> Merged:
    """Every file with cells that count only what is its own."""
    files = [read.facts for read in reads]
    repeated = _repeated(reads)
    sharing = [at for at, read in enumerate(reads) if not repeated.isdisjoint(keys_of(read.keys))]
    messages = {at: unpack_messages(reads[at].messages) for at in sharing}
    owners = _owners(messages.items(), repeated)
    lost = 0
    for at, all_of_them in messages.items():
        theirs = {
            message.key
            for message in all_of_them
            if message.key in repeated and owners[message.key][1] != -at
        }
        lost += len(theirs)
        files[at] = _without(files[at], all_of_them, theirs, counting)
    return Merged(tuple(files), tuple(sharing), lost)


def _without(
    facts: FileFacts, messages: Sequence[Message], theirs: set[int], counting: Counting
) -> FileFacts:
    """``facts`` without the messages, and the loops they began, that another file counts."""
    cells = counting.cells(message for message in messages if message.key not in theirs)
    loops = tuple(loop for loop in facts.loops if messages[loop.message].key not in theirs)
    return replace(facts, cells=cells, loops=loops)


def _repeated(reads: Iterable[FileRead]) -> set[int]:
    """Keys that stand in more than one file."""
    seen: set[int] = set()
    repeated: set[int] = set()
    for read in reads:
        keys = keys_of(read.keys)
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
