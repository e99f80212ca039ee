"""What changes from one run of the same command to the next, made equal: times, ids, addresses.

Numbers that carry a result stay as they are: "3 failed" and "2 failed" are two results.
"""

from __future__ import annotations

import re

MOST = 64 * 1024
"""Bytes of a result that are looked at."""

_VOLATILE = re.compile(
    rb"""
    \d{4}-\d\d-\d\d[T\ ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?  # a time
  | \b\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\b
  | \b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\ (?:[A-Z][a-z]{2})\ +\d{1,2}\b
  | \b\d+(?:\.\d+)?\ ?(?:ns|\xc2\xb5s|us|ms|s|sec|secs|seconds|minutes)\b         # a duration
  | \b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b              # an id
  | \b0x[0-9a-fA-F]{4,16}\b                                                      # an address
  | \b(?:req|msg|toolu|call|run|pid|PID|PGID|port)[_=:\ -]\ ?[0-9A-Za-z]{3,40}\b
  | \b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,64}\b                         # a digest
  | \b1[5-9]\d{8}(?:\d{3})?(?:\.\d{1,9})?\b                                      # seconds of epoch
  | /tmp/[\w./-]{1,200}                                                          # a scratch place
    """,
    re.VERBOSE,
)


_BREAK = re.compile(rb"\\[nrt]")
"""As JSON spells it, its letter hides where the word behind it begins."""


def masked(result: bytes) -> bytes:
    """``result``, a text in JSON, with what is volatile replaced by one mark each, at most
    :data:`MOST` bytes."""
    return _VOLATILE.sub(b"~", _BREAK.sub(b" ", result[:MOST]))


def same(one: bytes, other: bytes) -> bool:
    """Whether two results are equal but for what is volatile. ``\\n`` ends a line of JSON text."""
    if one == other:
        return True
    lines, others = one[:MOST].split(rb"\n"), other[:MOST].split(rb"\n")
    if len(lines) != len(others):
        return False
    pairs = zip(lines, others, strict=True)
    return all(mine == theirs or masked(mine) == masked(theirs) for mine, theirs in pairs)
