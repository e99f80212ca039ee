"""The report of a scan as JSON."""

from __future__ import annotations

from remit.adapters.render.json_view import plain
from remit.model.json import Json, JsonObject
from remit.model.quantity import format_money
from remit.model.scan import (
    Bill,
    FilesSeen,
    Line,
    LoopLine,
    PricedModel,
    ScanReport,
    SessionLine,
    TimeBox,
)

BASIS = {
    "tokens": "measured: from the sessions' own records, each message counted once",
    "cost": "list-price equivalent of the measured tokens; a subscription is not billed by it; "
    "fees for each web search and surcharges of regions are not known here",
    "loops": "cost: what the repetitions cost, measured as the cost is; saved: what came after the "
    "call at which the default limits stop, an estimate: what the agent would have done instead "
    "is not known",
    "time_box": "what main agents did beyond the default time box, pauses of more than ten minutes "
    "left out: measured; that it would have been saved is an estimate, and it may be in loops too",
    "estimated": "models without a known price, at the dearest one of their provider; not part "
    "of the cost",
}


def scan_json(report: ScanReport) -> JsonObject:
    """The whole report. Money is whole micro-dollars, and dollars as text."""
    return {
        "basis": BASIS,
        "totals": _bill(report.total),
        "by_day": [_line("day", line) for line in report.days],
        "by_project": [_line("project", line) for line in report.projects],
        "by_model": [_line("model", line) for line in report.models],
        "by_kind": [_line("kind", line) for line in report.kinds],
        "by_agent": [_line("agent", line) for line in report.agents],
        "sessions": [_session(line) for line in report.sessions],
        "loops": {
            "cost_micro_usd": report.looped_micro_usd,
            "saved_micro_usd": report.saved_micro_usd,
            "provider_outages": report.outages,
            "by_rule": [plain(rule) for rule in report.rules],
            "found": [_loop(line) for line in report.loops],
        },
        "time_box": _time_box(report.time_box),
        "prices": [_price(priced) for priced in report.prices],
        "price_source": {"source": report.price_source, "digest": report.price_digest},
        "unknown_models": [plain(priced.model) for priced in report.prices if not priced.known],
        "time_zone": report.zone,
        "read": _read(report.seen),
    }


def _bill(bill: Bill) -> JsonObject:
    usage = bill.usage
    tokens = {**usage._asdict(), "total": usage.total}
    shown: JsonObject = {
        "messages": bill.messages,
        "tokens": tokens,
        "cost_micro_usd": bill.micro_usd,
        "cost_usd": format_money(bill.micro_usd).removeprefix("$"),
    }
    if bill.unmetered:
        shown = {**shown, "messages_without_usage": bill.unmetered}
    if not bill.estimated:
        return shown
    estimated = format_money(bill.estimated_micro_usd).removeprefix("$")
    return {
        **shown,
        "estimated_micro_usd": bill.estimated_micro_usd,
        "estimated_usd": estimated,
    }


def _line(kind: str, line: Line) -> JsonObject:
    return {kind: plain(line.name), **_bill(line.bill)}


def _session(line: SessionLine) -> JsonObject:
    return {
        "session": plain(line.session),
        "project": plain(line.project),
        "path": plain(line.path),
        "agent": line.agent,
        "first_day": line.first_day,
        **_bill(line.bill),
    }


def _loop(line: LoopLine) -> JsonObject:
    fact = line.fact
    return {
        "rule": fact.kind.value,
        "tool": plain(line.tool),
        "times": fact.times,
        "session": plain(line.session),
        "project": plain(line.project),
        "path": plain(line.path),
        "kind": "subagent" if fact.subagent else "main",
        "day": fact.day,
        "first_line": fact.first_line,
        "stopped_line": fact.stopped_line or None,
        "last_line": fact.last_line,
        "cost_micro_usd": line.micro_usd,
        "saved_micro_usd": line.saved_micro_usd,
        "price_known": fact.priced,
    }


def _time_box(box: TimeBox) -> JsonObject:
    return {
        "seconds": box.seconds,
        "files": box.files,
        "messages_after": box.after.messages,
        "cost_after_micro_usd": box.micro_usd,
        "estimated_after_micro_usd": box.estimated_micro_usd,
    }


def _price(priced: PricedModel) -> JsonObject:
    """Dollars for a million tokens: as many micro-dollars for one."""
    row = priced.row
    tiers: list[Json] = [
        {
            "above_prompt_tokens": tier.above,
            "input": format_money(tier.input),
            "output": format_money(tier.output),
            "cache_write_5m": format_money(tier.cache_write_5m),
            "cache_write_1h": format_money(tier.cache_write_1h),
            "cache_read": format_money(tier.cache_read),
        }
        for tier in row.tiers
    ]
    return {
        "model": plain(priced.model),
        "known": priced.known,
        "row": row.model,
        "provider": row.provider,
        "source": row.source,
        "since": row.since or None,
        "per_million_tokens": tiers,
    }


def _read(seen: FilesSeen) -> JsonObject:
    return {
        "files": seen.files,
        "bytes": seen.bytes,
        "unreadable_files": plain(seen.unreadable_files),
        "unreadable_lines": seen.unreadable_lines,
        "too_long_lines": seen.too_long_lines,
        "unfinished_files": seen.cut_files,
        "repeated_messages": seen.repeated_messages,
    }
