"""Offers to bring back exactly the paths that changed outside the scope."""

from __future__ import annotations

import sys

import click

from remit.adapters.render.escape import terminal
from remit.model.events import PathsRestored
from remit.services.restore import Action, Restorer
from remit.services.runs import Run
from remit.services.steering_restore import Restorers


def offer_restore(run: Run, crossed: tuple[str, ...]) -> None:
    """Ask the person at the terminal; elsewhere say how to do it later."""
    click.echo("Changed outside the contract's scope:", err=True)
    for path in crossed[:20]:
        click.echo(f"  {terminal(path)}", err=True)
    if not sys.stdin.isatty() or not sys.stderr.isatty():
        next_one = "show" if run.plan.in_copy else "rollback --preview"
        click.echo(f"  next: remit {next_one} {run.id}", err=True)
        return
    if click.confirm("Restore exactly these?", default=False, err=True):
        restore(run, crossed)


def restore(run: Run, paths: tuple[str, ...]) -> None:
    """Restore ``paths`` and record which of them came back."""
    folder = run.desk.state.run(run.id)
    tree = Restorer(run.snapshot.manifest, run.store, folder, run.plan.repository.algorithm)
    notes = run.steering.before if run.steering else {}
    steps = Restorers(tree, folder, notes).restore(paths)
    back = tuple(step.path for step in steps if step.action is not Action.REFUSE)
    run.recorder.record(PathsRestored(back, run.plan.accepted_by))
    run.comparison.compare_full()
    for step in steps:
        if step.action is Action.REFUSE:
            click.echo(f"  not restored: {terminal(step.path)} ({terminal(step.note)})", err=True)
