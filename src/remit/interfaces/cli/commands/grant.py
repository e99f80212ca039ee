"""``remit grant``: a person's yes to one request, for exactly what it names."""

from __future__ import annotations

import click

from remit.adapters.render.escape import terminal
from remit.errors import UsageError
from remit.interfaces.cli.live import print_next, run_of
from remit.interfaces.cli.output import print_json, print_text
from remit.interfaces.cli.signing import FROM_AGENT, signed
from remit.model.grant import END_OF_TASK, Expiry, ExpiryKind
from remit.model.json import Json
from remit.model.quantity import parse_duration
from remit.services.signed_answers import Words
from remit.system.clock import now_us

END = "end"


@click.command("grant")
@click.argument("request")
@click.option("--reason", required=True, help="Why; kept in the record of the run.")
@click.option("--until", default=END, show_default=True, help='"end" of the task, or "30m".')
@click.option("--expect", default="", help="What you want to see for it.")
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
    request: str, reason: str, until: str, expect: str, key: str | None, as_json: bool
) -> None:
    """Grant one request of a run that is on, or parked.

    The grant covers exactly what the request names, in this run, and ends with it. Only a person
    may: from a terminal outside the run, at the terminal of the run itself, or with a signature
    by a key that the policy names.

    \b
    remit requests
    remit grant k7m2-1 --reason "the fixture is shared" --until 30m
    remit grant k7m2-1 --reason "the fixture is shared" --sign ~/.ssh/id_ed25519_sk
    """
    expiry = _expiry(until)
    message: dict[str, Json] = {"do": "grant", "subject": request, "reason": reason}
    message |= {"evidence": expect, "expiry": {"kind": expiry.kind.value, "at_us": expiry.at_us}}
    live = run_of(request)
    if key is not None:
        message |= signed(live, request, Words(reason, expect, expiry), key)
    answer = live.tell(message)
    granted = answer.get("grant")
    if as_json:
        print_json({"grant": granted})
    elif isinstance(granted, dict):
        what = f"{granted.get('kind')} {granted.get('subject')}"
        print_text(f"granted {granted.get('grant')}: {terminal(what)}")
        print_next(answer)


def _expiry(until: str) -> Expiry:
    if until == END:
        return END_OF_TASK
    try:
        seconds = parse_duration(until)
    except ValueError:
        raise UsageError(f"--until {until!a} is no end", '--until end, or --until "30m"') from None
    return Expiry(ExpiryKind.INSTANT, now_us() + seconds * 1_000_000)
