"""The report of a backtest as JSON."""

from __future__ import annotations

from remit.adapters.render.json_view import plain
from remit.model.backtest import (
    After,
    BacktestReport,
    Change,
    Fate,
    Interruption,
    Replayed,
    RuleGroup,
    StopGroup,
    Stopped,
)
from remit.model.json import JsonObject
from remit.model.quantity import format_money
from remit.model.transcript import Outcome

BASIS = {
    "decisions": "computed: every recorded call decided by the engine of a live run, in the "
    "words the agent would have read",
    "outcomes": "measured: whether a call succeeded is what its own record says",
    "after_a_stop": "measured: tokens, calls and time of the recorded session after that point; "
    "that they would have been saved is an estimate, as what the agent would have done instead is "
    "not known",
    "cost": "list-price equivalent of the measured tokens; a subscription is not billed by it",
    "honest": "a judgement: the call succeeded, stands in no loop, and what it wrote was not taken "
    "back by a later edit",
    "asked": "a question is taken as answered with yes, as the recorded session went on; the "
    "answer covers the same thing for the rest of the session",
    "denied": "the recorded agent was not told no: it might have gone another way",
    "paths": "as they are written; links, and what commands change beyond their words, are not "
    "recorded",
    "time": "without pauses of more than ten minutes",
}


def backtest_json(report: BacktestReport) -> JsonObject:
    """The whole report. Money is whole micro-dollars, and dollars as text."""
    fates, suggestion = report.fates, report.suggestion
    return {
        "basis": BASIS,
        "contract": {"source": plain(report.source), "digest": report.digest},
        "advisory": plain(report.advisory),
        "recorded": {"sessions": len(report.sessions), **_after(report.used)},
        "calls": {
            **{fate.value: fates.get(fate, 0) for fate in Fate},
            "questions": report.questions,
            "decided_as_written": report.as_written,
            "unclear_because": {why.value: calls for why, calls in report.unclear.items()},
        },
        "honest_work": {
            "interrupted": suggestion.honest,
            "no_contract_opens": suggestion.closed,
        },
        "by_rule": [_rule(group) for group in report.rules],
        "stops": [_stop(group) for group in report.stops],
        "sessions": [_session(session) for session in report.sessions],
        "suggested": {
            "changes": [_change(change) for change in suggestion.changes],
            "honest_covered": suggestion.covered,
        },
        "price_source": {"source": report.price_source, "digest": report.price_digest},
        "read": _read(report),
    }


def _after(after: After) -> JsonObject:
    shown: JsonObject = {
        "messages": after.messages,
        "tokens": after.tokens,
        "seconds": after.seconds,
        "calls": after.calls,
        "succeeded": after.succeeded,
        "cost_micro_usd": after.micro_usd,
        "cost_usd": format_money(after.micro_usd).removeprefix("$"),
    }
    if not after.estimated:
        return shown
    return {**shown, "estimated_micro_usd": after.estimated_micro_usd}


def _rule(group: RuleGroup) -> JsonObject:
    return {
        "rule": group.rule,
        "fate": group.fate.value,
        "calls": group.calls,
        "sessions": group.sessions,
        "succeeded": group.succeeded,
        "honest": group.honest,
        "examples": [_interruption(held) for held in group.examples],
    }


def _interruption(held: Interruption) -> JsonObject:
    return {
        "tool": plain(held.tool),
        "call": plain(held.shown),
        "path": plain(held.path),
        "line": held.line,
        "words": plain(held.words),
        "recorded": outcome_word(held.recorded),
        "honest": held.honest,
        "a_contract_opens_it": held.opened,
    }


def outcome_word(outcome: Outcome) -> str:
    """What the record says of a call, in one word."""
    return "unknown" if outcome is Outcome.PENDING else outcome.name.lower()


def _stop(group: StopGroup) -> JsonObject:
    return {
        "rule": group.rule,
        "stops_live_runs": group.live,
        "sessions": group.sessions,
        "after": _after(group.after),
        "examples": [_stopped(stopped) for stopped in group.examples],
    }


def _stopped(stopped: Stopped) -> JsonObject:
    return {
        "rule": stopped.rule,
        "path": plain(stopped.path),
        "line": stopped.line or None,
        "words": plain(stopped.words),
        "after": _after(stopped.after),
    }


def _session(session: Replayed) -> JsonObject:
    return {
        "session": plain(session.session),
        "project": plain(session.project),
        "path": plain(session.path),
        "agent": session.agent,
        "first_day": session.first_day,
        "last_day": session.last_day,
        "used": _after(session.used),
        "calls": {fate.value: calls for fate, calls in session.fates.items()},
        "questions": session.questions,
        "stopped": _stopped(session.stopped) if session.stopped else None,
    }


def _change(change: Change) -> JsonObject:
    return {
        "line": change.line,
        "old": plain(change.old) or None,
        "new": plain(change.new),
        "why": change.why,
    }


def _read(report: BacktestReport) -> JsonObject:
    seen = report.unread
    return {
        "files": seen.files,
        "bytes": seen.bytes,
        "unreadable_files": plain(seen.unreadable_files),
        "unreadable_lines": seen.unreadable_lines,
        "too_long_lines": seen.too_long_lines,
        "unfinished_files": seen.cut_files,
        "sessions_of_other_agents": report.foreign,
    }
