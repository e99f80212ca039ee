"""Whether a process has children, read from the kernel's own lists: cheap enough for each call."""

from __future__ import annotations

import os

from remit.system.guardian import descendants


def children(pid: int) -> frozenset[int] | None:
    """Children of ``pid`` over all its threads; None where the kernel does not say."""
    found: set[int] = set()
    try:
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 (on the hook path)
    except OSError:
        return None
    for thread in threads:
        try:
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:  # noqa: PTH123
                found.update(map(int, file.read().split()))
        except FileNotFoundError:
            if thread == str(pid):
                return None
        except OSError:
            return None
    return frozenset(found)


def only_chain(parent: int, length: int) -> bool:
    """Whether a chain of ``length`` processes, each the only child of the one before, is all that
    lives below ``parent``. Where the kernel keeps no lists of children, every process of the
    machine is looked at."""
    if children(parent) is None:
        return len(descendants(parent)) == length
    found = [parent]
    while len(found) <= length:
        below = children(found[-1])
        if below is None or len(below) != 1:
            return False
        found.extend(below)
    return children(found[-1]) == frozenset()
