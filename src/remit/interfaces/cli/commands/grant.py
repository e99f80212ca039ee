"""``remit grant``: a person's yes to one request, for exactly what it names."""

from __future__ import annotations

import click

from remit.adapters.render.escape import terminal
from remit.errors import UsageError
from remit.interfaces.cli.live import print_next, run_of
from remit.interfaces.cli.output import print_json, print_text
from remit.interfaces.cli.signing import FROM_AGENT, signed
from remit.model.grant import END_OF_TASK, MOST_USES, Expiry, ExpiryKind
from remit.model.json import Json
from remit.model.quantity import parse_duration
from remit.services.signed_answers import Words
from remit.system.clock import now_us

END = "end"


@click.command("grant")
@click.argument("request")
@click.option("--reason", required=True, help="Why; kept in the record of the run.")
@click.option("--uses", type=click.IntRange(1, MOST_USES), help="For so many calls at most.")
@click.option("--for", "lasts", default="", metavar="TIME", help='For so long: "30m", "2h".')
@click.option("--until", default="", metavar=END, help='Until the "end" of the task.')
@click.option("--expect", default="", help="What you want to see for it.")
@click.option(
    "--shown-by",
    "shown",
    default="",
    metavar="CALL",
    help="Where the same was granted before: the call that speaks for granting it again.",
)
@click.option(
    "--sign",
    "key",
    is_flag=False,
    flag_value=FROM_AGENT,
    default=None,
    metavar="[KEY]",
    help="Sign it: with this key file, or one your ssh-agent holds.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the grant as JSON.")
def command(
    request: str,
    reason: str,
    uses: int | None,
    lasts: str,
    until: str,
    expect: str,
    shown: str,
    key: str | None,
    as_json: bool,
) -> None:
    """Grant one request of a run that is on, or parked.

    The grant covers exactly what the request names, in this run, until the end you say; without
    one it is refused. Only a person may: from a terminal outside the run, at the terminal of the
    run itself, or with a signature by a key that the policy names.

    \b
    remit requests
    remit grant k7m2-1 --uses 1 --reason "the fixture is shared"
    remit grant k7m2-1 --for 30m --reason "the fixture is shared"
    remit grant k7m2-1 --until end --reason "the fixture is shared" --sign ~/.ssh/id_ed25519_sk
    """
    expiry = _expiry(request, uses or 0, lasts, until)
    message: dict[str, Json] = {"do": "grant", "subject": request, "reason": reason}
    end: dict[str, Json] = {"kind": expiry.kind.value, "at_us": expiry.at_us, "uses": expiry.uses}
    message |= {"evidence": expect, "shown": shown, "expiry": end}
    live = run_of(request)
    if key is not None:
        message |= signed(live, request, Words(reason, expect, expiry, shown), key)
    answer = live.tell(message)
    granted = answer.get("grant")
    if as_json:
        print_json({"grant": granted})
    elif isinstance(granted, dict):
        what = f"{granted.get('kind')} {granted.get('subject')}"
        print_text(f"granted {granted.get('grant')}: {terminal(what)}")
        print_next(answer)


def _expiry(request: str, uses: int, lasts: str, until: str) -> Expiry:
    if until not in ("", END):
        raise UsageError(f"--until {until!a} is no end", f"--until {END}, or for a time: --for 30m")
    if lasts and until:
        raise UsageError("--for and --until are two ends", "leave one of them out")
    if lasts:
        return Expiry(ExpiryKind.INSTANT, now_us() + _seconds(lasts) * 1_000_000, uses)
    if not uses and not until:
        raise UsageError(
            "a grant needs an end",
            f"remit grant {request} --uses 1 … for one call, --for 30m by the clock, or "
            f"--until {END} with the task",
        )
    return Expiry(END_OF_TASK.kind, END_OF_TASK.at_us, uses)


def _seconds(lasts: str) -> int:
    try:
        return parse_duration(lasts)
    except ValueError:
        raise UsageError(f"--for {lasts!a} is no time", "--for 30m, or --for 2h") from None
