"""Which process holds a lease: this one, and whether another still runs."""

from __future__ import annotations

import os

from remit.storage.ledger import Holder
from remit.system.reaper import ProcessIdentity, is_alive, process_identity


def this_process() -> Holder:
    """This process as the holder of its leases."""
    me = process_identity(os.getpid())
    return Holder(me.pid, me.start, me.boot) if me else Holder(os.getpid(), 0, "")


def still_runs(holder: Holder) -> bool:
    """Whether the process that took a lease still runs."""
    return is_alive(ProcessIdentity(holder.pid, holder.start, holder.boot))
