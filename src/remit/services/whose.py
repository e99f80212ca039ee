"""Which repository a run was of."""

from __future__ import annotations

import posixpath

from remit.model.record import RunRecord


def is_of(record: RunRecord, name: str, root: str) -> bool:
    """Whether the run worked at ``root``, or in the repository called ``name`` wherever that lay.

    One without a remote is called by its folder, as any number of others may be: then only the
    place counts.
    """
    opened = record.opened
    if opened is None:
        return False
    return opened.root == root or (
        opened.repository == name != posixpath.basename(root)
        and name != posixpath.basename(opened.root)
    )
