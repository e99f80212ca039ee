"""Facts about a machine that decide how far an agent can be held on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """``landlock`` is the version the kernel offers, 0 for none; ``means`` the confinement that
    works, ``missing`` why no stronger one does. Settings are as the kernel writes them, "" where
    it has none of that name. ``container`` names what we run in, "" for nothing known."""

    kernel: str
    landlock: int
    means: str
    missing: str = ""
    modules: str = ""
    """Security modules that are switched on, comma-separated; "" where the list is not there."""
    userns_clone: str = ""
    apparmor_userns: str = ""
    max_userns: str = ""
    container: str = ""
    filtered: bool = False
    """A seccomp filter holds this very process."""
    interpreter: str = "python3"
