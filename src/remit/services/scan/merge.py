"""Counts every message once over all files.

A resumed or forked session repeats the messages of the first one. The fullest record of a
message counts, the earlier file where they are equal.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from remit.codec.transcripts.pack import unpack_messages, unpack_outline
from remit.model.scan import FileFacts, Merged, Stamp
from remit.model.transcript import Message
from remit.services.scan.count import Counting

_KEY = 8
"""Bytes of a message's key."""


class Kept(NamedTuple):
    """One transcript as it was read at ``stamp``, its messages still packed."""

    facts: FileFacts
    keys: bytes
    packed: bytes
    stamp: Stamp


def kept(packed: bytes, stamp: Stamp) -> Kept:
    """ValueError where ``packed`` is not what a reader made."""
    return Kept(*unpack_outline(packed), packed, stamp)


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
    return Merged(
        tuple(facts),
        tuple(each.stamp for each in files),
        b"".join(each.keys for each in files),
        tuple(len(each.keys) // _KEY for each in files),
        frozenset(facts[at].path for at in sharing),
        lost,
    )


def brought_up(last: Merged, fresh: Mapping[str, Kept], wanted: Sequence[str]) -> Merged | None:
    """``last`` with the files ``wanted``, some of them ``fresh``. None where more has to be looked
    at: a file is missing, or one that changed or is gone shares messages with another one."""
    if not fresh and [facts.path for facts in last.files] == list(wanted):
        return last
    known = _by_path(last)
    staying = set(wanted).difference(fresh)
    if not staying <= known.keys() or not last.shared <= staying:
        return None
    keys = keys_of(b"".join(each.keys for each in fresh.values()))
    theirs = keys_of(b"".join(known[path].keys for path in known if path in staying))
    if len(distinct := set(keys)) < len(keys) or not distinct.isdisjoint(theirs):
        return None
    files = [fresh.get(path) or known[path] for path in wanted]
    return Merged(
        tuple(each.facts for each in files),
        tuple(each.stamp for each in files),
        b"".join(each.keys for each in files),
        tuple(len(each.keys) // _KEY for each in files),
        last.shared,
        last.repeated,
    )


def _by_path(merged: Merged) -> dict[str, Kept]:
    ends = accumulate(count * _KEY for count in merged.counts)
    each = zip(merged.files, merged.stamps, merged.counts, ends, strict=True)
    return {
        facts.path: Kept(facts, merged.keys[end - count * _KEY : end], b"", stamp)
        for facts, stamp, count, end in each
    }


def _without(
    facts: FileFacts, messages: Sequence[Message], theirs: set[int], counting: Counting
) -> FileFacts:
    """``facts`` without the messages, and the loops they began, that another file counts."""
    own = [message for message in messages if message.key not in theirs]
    loops = tuple(loop for loop in facts.loops if messages[loop.message].key not in theirs)
    return facts._replace(cells=counting.cells(own), loops=loops, overtime=counting.overtime(own))


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
