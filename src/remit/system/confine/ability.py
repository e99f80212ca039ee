"""How far the running kernel lets us confine, found by doing it once in a child."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from remit.errors import UsageError
from remit.system.confine import landlock
from remit.system.confine.kernel import CLONE_NEWNET, MS_PRIVATE, MS_REC, mount, take_tree
from remit.system.confine.plan import Means

WEAKER = "REMIT_CONFINE"
"""Names a weaker means than the machine has, to try it out; the packet shows what was used."""
_ORDER = (Means.NAMESPACES, Means.LANDLOCK, Means.NONE)


@dataclass(frozen=True, slots=True)
class Ability:
    """``means`` is the strongest that works; ``missing`` says why a stronger one does not."""

    means: Means
    landlock: int
    missing: str = ""


def find_ability(environ: Mapping[str, str]) -> Ability:
    """What can be done here; a weaker means where ``environ`` asks for it."""
    version = landlock.abi()
    missing = _why_no_namespaces()
    best = Means.LANDLOCK if version else Means.NONE
    means = best if missing else Means.NAMESPACES
    asked = _asked(environ.get(WEAKER, ""))
    if asked is not None and _ORDER.index(asked) > _ORDER.index(means):
        return Ability(asked, version, f"{WEAKER}={asked}")
    return Ability(means, version, missing)


def _asked(text: str) -> Means | None:
    if text and text not in _ORDER:
        raise UsageError(f"{WEAKER}={text}: no such means", f"one of: {', '.join(_ORDER)}")
    return Means(text) if text else None


def _why_no_namespaces() -> str:
    """ "" where namespaces work, with a private view of files and processes."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.write(writing, _try_namespaces().encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:  # noqa: PTH123
        told = pipe.read().decode()
    os.waitpid(child, 0)
    return "" if told == "ok" else told or "the attempt ended without a word"


def _try_namespaces() -> str:
    from remit.system.confine.enter import own_namespaces

    try:
        own_namespaces(CLONE_NEWNET)
        mount("none", "/", MS_REC | MS_PRIVATE)
        os.close(take_tree("/dev/null"))
        first = os.fork()
        if first == 0:
            _exit_with_own_processes()
        ended = os.waitpid(first, 0)[1]
    except OSError as error:
        return str(error)
    return "ok" if ended == 0 else "/proc cannot be mounted (it is masked, as in a container)"


def _exit_with_own_processes() -> NoReturn:
    from remit.system.confine.mounts import own_processes

    try:
        own_processes()
        os._exit(0)
    finally:
        os._exit(1)
