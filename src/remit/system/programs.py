"""Programs that Remit starts for itself, taken from where only root writes.

A ``PATH`` may lead through a virtual environment or a ``bin`` of the repository, where an agent
could put a program of its own under the same name.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

_PLACES = ("/usr/bin", "/bin", "/usr/local/bin", "/run/current-system/sw/bin")


def of_the_system(name: str) -> str | None:
    """The system's program of this name; None where there is none that only root writes."""
    for place in _PLACES:
        path = Path(os.path.realpath(f"{place}/{name}"))
        try:
            found = path.stat()
        except OSError:
            continue
        if found.st_uid == 0 and not found.st_mode & 0o022 and stat.S_ISREG(found.st_mode):
            return str(path)
    return None
