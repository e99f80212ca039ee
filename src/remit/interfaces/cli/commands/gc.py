"""``remit gc``: remove snapshots that no kept run needs."""

from __future__ import annotations

import click

from remit.errors import UsageError
from remit.interfaces.cli.desk import open_desk
from remit.interfaces.cli.output import print_json, print_lines
from remit.model.quantity import parse_duration
from remit.services.collect import Gone, Keeping, collect
from remit.storage.blobs import BlobStore
from remit.system.clock import now_us

DEFAULT_AGE = "30d"


@click.command("gc")
@click.option("--keep", type=click.IntRange(0, 1_000_000), help="Keep the newest so many runs.")
@click.option("--older-than", metavar="AGE", help=f"Remove what is older; default {DEFAULT_AGE}.")
@click.option("--json", "as_json", is_flag=True, help="Print what was removed as JSON.")
def command(keep: int | None, older_than: str | None, as_json: bool) -> None:
    """Remove snapshots of old runs. Their records and packets stay; they cannot be rolled back.

    \b
    remit gc
    remit gc --keep 20
    """
    if keep is not None and older_than is not None:
        raise UsageError("--keep and --older-than say the same twice", "give one of them")
    keeping = Keeping(keep, None if keep is not None else _since_us(older_than or DEFAULT_AGE))
    with open_desk() as desk, BlobStore.open(desk.state.blobs) as store:
        gone = collect(desk, keeping, store)
    if as_json:
        print_json(_json(gone))
    else:
        print_lines([_line(gone)])


def _since_us(age: str) -> int:
    try:
        return now_us() - parse_duration(age) * 1_000_000
    except ValueError as error:
        raise UsageError(f"--older-than: {error}") from None


def _json(gone: Gone) -> dict[str, int | list[str]]:
    return {
        "runs": list(gone.runs),
        "blobs_removed": gone.blobs.removed,
        "bytes_removed": gone.blobs.removed_bytes,
        "blobs_left": gone.blobs.left,
        "bytes_left": gone.blobs.left_bytes,
    }


def _line(gone: Gone) -> str:
    freed, left = gone.blobs.removed_bytes / 1e6, gone.blobs.left_bytes / 1e6
    return f"{len(gone.runs)} snapshots removed, {freed:.1f} MB freed, {left:.1f} MB left"
