"""Closes and seals runs whose supervisor is gone."""

from __future__ import annotations

from pathlib import Path

import click

from remit.errors import RemitError
from remit.interfaces.supervisor.seal import seal
from remit.model.events import Ending
from remit.services.abandoned import close_abandoned
from remit.services.runs import Desk
from remit.system.git import Repository, open_repository


def settle(desk: Desk, ending: Ending) -> None:
    """Close and seal every run whose supervisor is gone, and say so."""
    for found in close_abandoned(desk, ending):
        if found.recorder.state.contract is not None:
            seal(desk, found.recorder, _repository(desk, found.root))
        found.recorder.release()
        left = f", {found.killed} processes of it ended" if found.killed else ""
        click.echo(f"remit: run {found.run} was abandoned and is closed{left}", err=True)


def _repository(desk: Desk, root: str) -> Repository | None:
    """The repository an abandoned run worked in; None where it is gone."""
    try:
        return open_repository(Path(root), desk.state.repository) if root else None
    except RemitError:
        return None
