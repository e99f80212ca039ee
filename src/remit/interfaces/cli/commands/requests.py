"""``remit requests``: what agents ask for beyond their contracts, open now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from remit.adapters.render.escape import terminal
from remit.adapters.render.requests import touch_lines
from remit.interfaces.cli.live import NotListening, open_runs
from remit.interfaces.cli.output import print_json, print_lines
from remit.model.json import Json, JsonObject
from remit.model.quantity import format_duration


@click.command("requests")
@click.argument("run", required=False, default="")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def command(run: str, as_json: bool) -> None:
    """List what waits for a person, and what is granted.

    RUN is a run id, the start of one, or "last"; without it, every run that is on or parked.

    \b
    remit requests
    remit grant k7m2-1 --uses 1 --reason "the fixture is shared"
    """
    asked: list[JsonObject] = []
    granted: list[JsonObject] = []
    for live in open_runs(run):
        try:
            answer = live.tell({"do": "requests"})
        except NotListening:
            continue
        asked += _objects(answer.get("requests"))
        granted += _objects(answer.get("grants"))
    if as_json:
        print_json({"requests": asked, "grants": granted})
    else:
        print_lines(_lines(asked, granted))


def _objects(value: Json) -> list[JsonObject]:
    found = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return [item for item in found if isinstance(item, dict)]


def _lines(asked: list[JsonObject], granted: list[JsonObject]) -> Iterator[str]:
    for item in asked:
        yield from _request(item)
    for item in granted:
        what = f"{_text(item, 'kind')} {_text(item, 'subject')}"
        until = _text(item, "until").replace("end-of-task", "the end of the task")
        yield f"{_text(item, 'grant')}  granted: {what}, until {until}"
        yield f"  by {_text(item, 'by')} ({_text(item, 'established')}): {_text(item, 'reason')}"
    if not asked:
        yield "Nothing waits for a person."


def _request(item: JsonObject) -> Iterator[str]:
    age = item.get("age_s")
    waited = format_duration(age) if isinstance(age, int) else "?"
    name = _text(item, "request")
    yield f"{name}  {_text(item, 'kind')} {_text(item, 'subject')}  ({waited})"
    yield f"  why: {_text(item, 'why')} [{_text(item, 'rule')}]"
    yield from (f"  {line}" for line in touch_lines(item))
    yield f"  smallest grant: {_text(item, 'smallest')}"


def _text(item: JsonObject, key: str) -> str:
    return terminal(str(item.get(key, "")))
