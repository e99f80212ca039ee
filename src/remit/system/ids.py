"""Fresh identifiers, from the kernel's randomness."""

from __future__ import annotations

import os
from datetime import datetime

from remit.model.ids import RunId, run_id


def new_run_id(now: datetime) -> RunId:
    """A run id of the day of ``now`` that no run had before."""
    return run_id(now, os.urandom(5))
