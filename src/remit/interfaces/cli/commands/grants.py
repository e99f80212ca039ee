"""``remit grants``: what people granted to runs, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import click

from remit.adapters.render.escape import terminal
from remit.interfaces.cli.output import print_json, print_lines
from remit.interfaces.cli.stored import open_ledger
from remit.model.grant import ExpiryKind
from remit.services.granted import OPEN, Granted, granted, granted_json
from remit.services.queries import find_run
from remit.storage.locate import read_state
from remit.system.clock import now_us

_COLOURS = {OPEN: "green", "revoked": "red"}
_MOST_CALLS = 5


@click.command("grants")
@click.argument("run", required=False, default="")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, help="Of at most so many runs."
)
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def command(run: str, limit: int, as_json: bool) -> None:
    """List grants, newest run first: open, expired, used up, revoked, or ended with their run.

    RUN is a run id, the start of one, or "last"; without it, the newest runs.

    \b
    remit grants last
    remit revoke k7m2-g1
    """
    with open_ledger(read_state(os.environ)) as ledger:
        found: tuple[Granted, ...] = ()
        if ledger is not None:
            runs = (find_run(ledger, run),) if run else ledger.runs()[:limit]
            found = tuple(granted(ledger, runs, now_us()))
    if as_json:
        print_json({"grants": [granted_json(one) for one in found]})
    else:
        print_lines(_lines(found))


def _lines(found: tuple[Granted, ...]) -> Iterator[str]:
    for one in found:
        grant, granter = one.grant, one.grant.granter
        status = click.style(one.status, fg=_COLOURS.get(one.status))
        what = f"{grant.item.kind.value} {terminal(grant.item.subject)}"
        yield f"{grant.id}  {status}: {what}, {_end(one)}"
        who = f"{terminal(granter.name)} ({granter.established.value})"
        yield f"  by {who}: {terminal(grant.reason)}"
        if grant.renews:
            yield f"  renews {grant.renews}, shown by {terminal(grant.shown)}"
        yield f"  {_used(one)}"
        if one.status == "revoked":
            yield f"  revoked by {terminal(one.ended_by)}: {terminal(one.ended)}"
    if not found:
        yield "Nothing was granted."


def _end(one: Granted) -> str:
    expiry = one.grant.expiry
    if expiry.kind is ExpiryKind.END_OF_TASK:
        until = "until the end of the task"
    else:
        at = datetime.fromtimestamp(expiry.at_us / 1_000_000, UTC)
        until = f"until {at:%Y-%m-%d %H:%M:%S} UTC"
    return until if one.left is None else f"{one.left} of {expiry.uses} uses left, {until}"


def _used(one: Granted) -> str:
    if not one.calls:
        return "used by no call"
    shown = ", ".join(terminal(call) for call in one.calls[-_MOST_CALLS:])
    more = f", after {len(one.calls) - _MOST_CALLS} more" if len(one.calls) > _MOST_CALLS else ""
    return f"used by {shown}{more}"
