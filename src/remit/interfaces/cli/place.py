"""Opening the workplace a command stands in, and refusing what only a person may do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from remit.errors import RemitError
from remit.services.workplace import Workplace, open_workplace
from remit.storage.locate import open_state


def here() -> Workplace:
    """The repository of the current directory; raises RemitError outside of one."""
    return open_workplace(Path.cwd(), open_state(os.environ), os.environ)


def here_if_any() -> Workplace | None:
    """The same, or None where there is no repository around the current directory."""
    cwd = Path.cwd()
    if not any((folder / ".git").exists() for folder in (cwd, *cwd.parents)):
        return None
    return here()


def is_person() -> bool:
    """Whether a person is there: only a terminal that is read and shown counts."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def require_person() -> None:
    """Raise where no person is there."""
    if not is_person():
        message = "only a person can accept this, and there is no terminal"
        raise RemitError(message, "run it in a terminal; in CI use --accept-base BRANCH")
