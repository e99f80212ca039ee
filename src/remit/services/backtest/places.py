"""Where a recorded path leads, told from words alone: nothing of the machine is looked at.

Links, and which spelling a case-blind filesystem would take, are not recorded. A path is taken as
it is written, and a call with one is counted as such.
"""

from __future__ import annotations

import posixpath
import re

from remit.model.request import ResolvedPath

_HOME = re.compile(r"(?:/home/[^/]+|/Users/[^/]+|/root)(?=/|$)")


class NoHomeError(Exception):
    """The path lies in a home directory that no record names."""


def home_of(root: str) -> str:
    """The home directory that a session's working directory lies in, ``""`` where none shows."""
    found = _HOME.match(root)
    return found[0] if found else ""


def lead(written: str, cwd: str, root: str, home: str) -> ResolvedPath:
    """Where ``written`` leads. ValueError for what no file can be called, NoHomeError where the
    home directory would have to be known."""
    if not written or "\0" in written:
        raise ValueError("not a path")
    absolute = posixpath.normpath(posixpath.join(cwd, _expanded(written, home)))
    if absolute.startswith("//"):
        absolute = absolute[1:]
    return ResolvedPath(written, absolute, _below(absolute, posixpath.normpath(root)))


def _expanded(written: str, home: str) -> str:
    if not written.startswith("~"):
        return written
    if written != "~" and not written.startswith("~/"):
        raise ValueError("the home of another user is not known")
    if not home:
        raise NoHomeError
    return home + written[1:]


def _below(absolute: str, top: str) -> str | None:
    if absolute == top:
        return ""
    prefix = top if top.endswith("/") else f"{top}/"
    return absolute[len(prefix) :] if absolute.startswith(prefix) else None
