"""Counts every message once over all files.

A resumed or forked session repeats the messages of the first one. The fullest record of a
message counts, the earlier file where they are equal.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import replace

from remit.codec.transcripts.pack import unpack_messages
from remit.model.scan import FileFacts
from remit.model.transcript import Message
from remit.services.scan.count import Counting


def keys_of(facts: FileFacts) -> array[int]:
    keys = array("Q")
    keys.frombytes(facts.keys)
    return keys


def merge(files: Sequence[FileFacts], counting: Counting) -> tuple[tuple[FileFacts, ...], int]:
    """The files with cells that count only what is theirs, and how many messages were repeats."""
    repeated = _repeated(files)
    if not repeated:
        return tuple(files), 0
    sharing = [at for at, facts in enumerate(files) if not repeated.isdisjoint(keys_of(facts))]
    owners = _owners(((at, unpack_messages(files[at].messages)) for at in sharing), repeated)
    merged = list(files)
    lost = 0
    for at in sharing:
        messages = unpack_messages(files[at].messages)
        own = [m for m in messages if m.key not in repeated or owners[m.key][1] == -at]
        lost += len(messages) - len(own)
        loops = tuple(
            loop
            for loop in files[at].loops
            if (key := messages[loop.message].key) not in repeated or owners[key][1] == -at
        )
        merged[at] = replace(files[at], cells=counting.cells(own), loops=loops)
    return tuple(merged), lost


def _repeated(files: Iterable[FileFacts]) -> set[int]:
    """Keys that stand in more than one file."""
    seen: set[int] = set()
    repeated: set[int] = set()
    for facts in files:
        keys = keys_of(facts)
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
