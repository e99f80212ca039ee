"""``remit extend``: a person gives a run more of a limit, and says what speaks for it."""

from __future__ import annotations

import click

from remit.errors import UsageError
from remit.interfaces.cli.live import open_runs, print_next
from remit.interfaces.cli.output import print_json, print_text
from remit.model.json import Json
from remit.model.limits import EXTENSIBLE, Limit, Unit
from remit.model.quantity import parse_duration, parse_money

_OPTIONS = {limit.name: limit for limit in EXTENSIBLE}
_METAVARS = {Unit.MICRO_USD: "DOLLARS", Unit.SECONDS: "TIME", Unit.COUNT: "N"}


@click.command("extend")
@click.argument("run")
@click.option("--spend", metavar="DOLLARS", help="So many dollars more.")
@click.option("--tokens", metavar="N", help="So many tokens more.")
@click.option("--time", metavar="TIME", help='So much more of the agent\'s own time: "10m".')
@click.option("--deadline", metavar="TIME", help="So much more until the run must be over.")
@click.option("--calls", metavar="N", help="So many tool calls more.")
@click.option("--files", metavar="N", help="So many files more that may be inspected.")
@click.option("--patch-lines", metavar="N", help="So many changed lines more.")
@click.option("--subagents", metavar="N", help="So many subagents more.")
@click.option("--reason", required=True, help="Why; kept in the record of the run.")
@click.option(
    "--evidence", required=True, help="What the run showed that speaks for it: a check, a call."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was given as JSON.")
def command(run: str, reason: str, evidence: str, as_json: bool, **limits: str | None) -> None:
    """Give a run that is on, or parked, more of a limit of its contract.

    A recorded decision of a person, as a grant is: it names what speaks for going on. It never
    passes what the policy permits, and a run that was stopped does not go on by it.

    \b
    remit budget last
    remit extend last --spend 1 --reason "one file is left" --evidence "parser tests pass"
    """
    wanted = {name: _amount(name, text) for name, text in limits.items() if text is not None}
    if not wanted:
        raise UsageError("nothing is named to extend", "add for instance --spend 1 or --time 10m")
    found = open_runs(run)
    if not found:
        raise UsageError(f"no run {run!a} is on", "list them: remit runs")
    said: dict[str, Json] = {"do": "extend", "reason": reason, "evidence": evidence}
    answers = [found[0].tell({**said, "subject": name, "amount": n}) for name, n in wanted.items()]
    if as_json:
        given: dict[str, Json] = dict(wanted)
        print_json({"run": found[0].run, "extended": given})
        return
    for name, amount in wanted.items():
        print_text(f"given to run {found[0].run}: {name} {_OPTIONS[name].spelled(amount)} more")
    print_next(answers[-1])


def _amount(name: str, text: str) -> int:
    limit = _OPTIONS[name]
    try:
        amount = _read(limit, text)
    except ValueError as error:
        raise UsageError(f"--{name.replace('_', '-')}: {error}", _METAVARS[limit.unit]) from None
    if amount <= 0:
        raise UsageError(f"--{name.replace('_', '-')} {text!a} is nothing more", "name an amount")
    return amount


def _read(limit: Limit, text: str) -> int:
    match limit.unit:
        case Unit.SECONDS:
            return parse_duration(text)
        case Unit.MICRO_USD:
            return parse_money(text)
        case Unit.COUNT:
            if not text.isascii() or not text.isdigit():
                raise ValueError(f"{text!a} is no whole number")
            return int(text)
