"""The report of a backtest as one page of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

import click

from remit.adapters.render import scan_words as words
from remit.adapters.render.backtest import outcome_word
from remit.adapters.render.escape import terminal
from remit.model.backtest import (
    NOTHING_AFTER,
    After,
    BacktestReport,
    Change,
    Fate,
    Interruption,
    RuleGroup,
    StopGroup,
)
from remit.model.untrusted import Untrusted

WIDTH = 80
RULES = 8
CHANGES = 20


def account(report: BacktestReport) -> str:
    """The whole report, ended by a line feed."""
    return "\n".join(_account(report)) + "\n"


def _account(report: BacktestReport) -> Iterator[str]:
    if not report.sessions:
        yield f"{_count(report.unread.files, 'file')}, and no session that can be decided."
        yield from _unread(report)
        return
    yield from _head(report)
    yield from _fates(report)
    yield from _honest(report)
    for group in report.rules[:RULES]:
        yield from _rule(group)
    if len(report.rules) > RULES:
        yield f"  and {len(report.rules) - RULES} more rules: --json"
    for stop in report.stops:
        yield from _stop(stop)
    yield from _suggested(report)
    yield from _beside(report)


def _head(report: BacktestReport) -> Iterator[str]:
    used = report.used
    source = terminal(report.source)
    yield click.style(_cut(f"{source} over {_count(len(report.sessions), 'session')}"), bold=True)
    amount = f"{_count(used.calls, 'call')}, {words.tokens(used.tokens)} tokens, {_money(used)}"
    yield f"  {amount} at list price, {_period(report)}"


def _period(report: BacktestReport) -> str:
    days = {day for one in report.sessions for day in (one.first_day, one.last_day)}
    known = sorted(days - {"unknown"}) or ["no days"]
    return f"{known[0]} to {known[-1]}" if len(known) > 1 else known[0]


def _fates(report: BacktestReport) -> Iterator[str]:
    fates = report.fates
    passed = fates.get(Fate.ALLOWED, 0) + fates.get(Fate.ANSWERED, 0)
    yield ""
    yield f"  {passed:>7,}  allowed"
    asked, questions = fates.get(Fate.ASKED, 0), _count(report.questions, "question")
    yield f"  {asked:>7,}  asked" + (f": {questions} to a person" if asked else "")
    denied = fates.get(Fate.DENIED, 0) + fates.get(Fate.STOPPED, 0)
    yield f"  {denied:>7,}  denied"
    yield _stopped_early(report)
    for why, calls in report.unclear.items():
        yield f"  {calls:>7,}  not decided: {why.value}"


def _stopped_early(report: BacktestReport) -> str:
    stopped = sum(stop.sessions for stop in report.stops)
    noun = "session" if stopped == 1 else "sessions"
    line = f"  {stopped:>7,}  {noun} stopped early"
    if not stopped:
        return line
    after = NOTHING_AFTER
    for stop in report.stops:
        after = after.plus(stop.after)
    return f"{line}: {_money(after)} came after that"


def _honest(report: BacktestReport) -> Iterator[str]:
    suggestion = report.suggestion
    yield ""
    interrupted = _count(suggestion.honest, "call")
    yield click.style(f"Honest work interrupted: {interrupted}", bold=True)
    if suggestion.honest:
        yield "  A judgement: they succeeded, stand in no loop, and were not taken back."
    if suggestion.closed:
        yield f"  {suggestion.closed:,} of them by what no contract opens."


def _rule(group: RuleGroup) -> Iterator[str]:
    yield ""
    verb = {Fate.ASKED: "asked", Fate.DENIED: "denied"}.get(group.fate, "stopped")
    where = f"{_count(group.calls, 'call')} in {_count(group.sessions, 'session')}"
    head = f"{group.rule}: {verb} {where}, {group.honest:,} of them honest work"
    yield click.style(_cut(head), bold=True)
    for held in group.examples:
        yield from _example(held)


def _example(held: Interruption) -> Iterator[str]:
    said = f"{terminal(held.tool)} {terminal(held.shown)}"
    yield _cut(f"  {said}")
    told = terminal(Untrusted(held.words.text.split("\n")[0]))
    yield from wrap(
        told, WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
    )
    yield f"    {terminal(held.path)}:{held.line} (recorded: {outcome_word(held.recorded)})"


def _stop(group: StopGroup) -> Iterator[str]:
    yield ""
    rule = group.rule if group.live else f"{group.rule} (advisory: no live run is stopped by it)"
    head = f"Stopped by {rule}: {_count(group.sessions, 'session')}"
    yield click.style(_cut(head), bold=True)
    after = group.after
    yield f"  After it: {words.tokens(after.tokens)} tokens, {_money(after)}, {_time(after)}"
    yield f"  and {_count(after.calls, 'call')}, of which {after.succeeded:,} succeeded."
    for stopped in group.examples:
        line = f":{stopped.line}" if stopped.line else ""
        yield f"  {_money(stopped.after):>10}  {terminal(stopped.path)}{line}"


def _suggested(report: BacktestReport) -> Iterator[str]:
    suggestion = report.suggestion
    if not suggestion.changes:
        return
    yield ""
    yield click.style("Suggested, for a person to accept or not", bold=True)
    for change in suggestion.changes[:CHANGES]:
        yield from _change(change)
    if len(suggestion.changes) > CHANGES:
        yield f"  and {len(suggestion.changes) - CHANGES} more lines: --suggest FILE"
    covered = f"{suggestion.covered:,} of {suggestion.honest:,}"
    if suggestion.honest:
        yield f"  It would let {covered} interrupted honest calls through."


def _change(change: Change) -> Iterator[str]:
    if change.old.text:
        yield _cut(click.style(f"  - {change.line} {terminal(change.old)}", fg="red"))
    for item in change.new:
        yield _cut(click.style(f"  + {change.line} {terminal(item)}", fg="green"))
    yield f"      {change.why}"


def _beside(report: BacktestReport) -> Iterator[str]:
    yield ""
    yield "Decided by the engine of a live run from what was recorded. The agent was not"
    yield "told no, so what it would have done instead is not known; savings are estimates."
    if report.as_written:
        named = _count(report.as_written, "call")
        yield f"Paths of {named} were taken as written: links are not recorded."
    for line in report.advisory:
        yield _cut(f"advisory: {terminal(Untrusted(line))}")
    yield from _unread(report)
    yield f"prices: {report.price_source} ({report.price_digest})"


def _unread(report: BacktestReport) -> Iterator[str]:
    seen = report.unread
    told = (
        (len(seen.unreadable_files), "files could not be read"),
        (seen.unreadable_lines, "lines are no records and were left out"),
        (seen.too_long_lines, "lines are over 64 MiB and were left out"),
        (report.foreign, "sessions are of agents whose calls are not read yet"),
        (seen.cut_files, "files end unfinished; what is not complete was left for later"),
    )
    yield from (f"{count:,} {what}" for count, what in told if count)


def _money(after: After) -> str:
    known = words.dollars(after.micro_usd)
    if not after.estimated:
        return known
    return f"{known} + est. {words.dollars(after.estimated_micro_usd)}"


def _time(after: After) -> str:
    hours, seconds = divmod(after.seconds, 3600)
    if hours:
        return f"{hours} h {seconds // 60} min"
    return f"{seconds // 60} min" if seconds >= 60 else f"{seconds} s"


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _cut(line: str) -> str:
    return line if len(click.unstyle(line)) <= WIDTH else f"{line[: WIDTH - 1]}…"
