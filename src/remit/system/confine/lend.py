"""Runs a program that sees directories lent to it without being able to change them.

``python -I -S -c "…main()" MODE [SOURCE PLACE WORK]… -- ARGV…``, standard library only. In a mount
namespace of its own each SOURCE appears at PLACE: with MODE ``overlay`` what is written there
ends in WORK, with ``read-only`` nothing can be written. Exits 125 where the system does not let
us; otherwise it becomes ARGV.
"""

from __future__ import annotations

import os
import sys

from remit.system.confine.kernel import (
    CAP_SYS_ADMIN,
    CLONE_NEWNS,
    CLONE_NEWUSER,
    MS_PRIVATE,
    MS_REC,
    forbid_writing,
    lose_capability,
    mount,
    put_tree,
    take_tree,
    unshare,
    unshare_as_same_user,
)

CANNOT_LEND = 125


def enter_namespace() -> bool:
    """Take a mount namespace of our own; True where a user namespace was needed for it."""
    nested = not _as_root()
    if nested:
        unshare_as_same_user(CLONE_NEWNS | CLONE_NEWUSER)
    mount("none", "/", MS_REC | MS_PRIVATE)
    return nested


def _as_root() -> bool:
    if os.geteuid() != 0:
        return False
    try:
        unshare(CLONE_NEWNS)
    except PermissionError:  # root of a container that was given no such right
        return False
    return True


def overlay(source: str, place: str, work: str, nested: bool) -> None:
    if any(character in part for part in (source, work) for character in ":,\\"):
        raise OSError(22, f"the path {source} cannot be named in an overlay")
    for name in ("upper", "inner"):
        os.makedirs(f"{work}/{name}", exist_ok=True)  # noqa: PTH103 (pathlib costs 15 ms at start)
    data = f"lowerdir={source},upperdir={work}/upper,workdir={work}/inner"
    mount("overlay", place, 0, data + (",userxattr" if nested else ""))


def read_only(source: str, place: str) -> None:
    put_tree(take_tree(source), place)
    forbid_writing(place)


def lend(mode: str, places: list[str]) -> None:
    nested = enter_namespace()
    for source, place, work in zip(places[::3], places[1::3], places[2::3], strict=True):
        if mode == "overlay":
            overlay(source, place, work, nested)
        else:
            read_only(source, place)
    if not nested:
        # Root keeps its other powers: a check that needs root behaves as it always does.
        lose_capability(CAP_SYS_ADMIN)


def main(arguments: list[str]) -> None:
    cut = arguments.index("--")
    try:
        lend(arguments[0], arguments[1:cut])
    except OSError as error:
        sys.stderr.write(f"remit: cannot lend: {error}\n")
        sys.exit(CANNOT_LEND)
    os.execvp(arguments[cut + 1], arguments[cut + 1 :])  # noqa: S606
