"""The message of a failure without what changes from run to run.

Expected and actual values stay: another value is another reason. So a bare number is never
masked, and a duration only where the words before it say that it was measured.
"""

from __future__ import annotations

import re

from remit.policy.volatile import VOLATILE

MOST = 400
"""Characters of a message."""

_OWN = r"""
  | (?:\b(?:in|after|took|for|within|elapsed:?|duration:?)\ |\()
      \d{1,12}(?:\.\d{1,12})?\ ?(?:ns|µs|us|ms|s|sec|secs|seconds|minutes)\b      # a duration
  | \b(?:pid|PID|process|port|seed|ThreadId|thread)[ =:#(]{1,3}\d{1,20}\b         # a number drawn
  | (?:\blocalhost|\b127\.0\.0\.1|\b0\.0\.0\.0|\[::1?\]):\d{2,5}\b                # a port
  | (?:/private)?/(?:tmp|var/tmp|var/folders|dev/shm)/[^\s'",:;()\[\]<>{}]{1,200} # a scratch place
  | \btv_n?sec:\ \d{1,20}                                                        # a time of Rust
  | \bm=[+-]\d{1,12}\.\d{1,12}                                                   # a time of Go
  | \b(?:object|instance)\ at\ 0x[0-9a-fA-F]{1,16}
  | (?<=\w)@(?=[0-9a-f]{0,7}\d)[0-9a-f]{5,8}\b(?![.@\w])                         # one of Java
  | (?<=\.\w\w):\d{1,7}(?::\d{1,7})?\b                                           # a line of a file
  | (?<=\.\w\w\w):\d{1,7}(?::\d{1,7})?\b
  | (?<=\.\w\w\w\w):\d{1,7}(?::\d{1,7})?\b
"""
_VOLATILE = re.compile(VOLATILE + _OWN, re.VERBOSE | re.ASCII)
_LINE = re.compile(r"\bline \d{1,9}\b")


def masked(message: str) -> str:
    """``message`` on one line, at most :data:`MOST` characters, each volatile part one ``~``.

    Masking again changes nothing: a part that only became plain by the first pass goes as well.
    """
    text = " ".join(message[: 4 * MOST].split())[:MOST]
    while (again := _VOLATILE.sub("~", text)) != text:
        text = again
    return text


def masked_finding(message: str) -> str:
    """The same for what reads source: "line 12" is a place there, not a value."""
    return _LINE.sub("line ~", masked(message))
