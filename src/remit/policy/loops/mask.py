"""What changes from one run of the same command to the next, made equal: times, ids, addresses.

Numbers that carry a result stay as they are: "3 failed" and "2 failed" are two results.
"""

from __future__ import annotations

import re

from remit.policy.volatile import VOLATILE

MOST = 64 * 1024
"""Bytes of a result that are looked at."""

_OWN = r"""
  | \b\d+(?:\.\d+)?\ ?(?:ns|µs|us|ms|s|sec|secs|seconds|minutes)\b               # a duration
  | \b(?:req|msg|toolu|call|run|pid|PID|PGID|port)[_=:\ -]\ ?[0-9A-Za-z]{3,40}\b
  | /tmp/[\w./-]{1,200}                                                          # a scratch place
"""
_VOLATILE = re.compile((VOLATILE + _OWN).encode(), re.VERBOSE)


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
