"""The friction of many runs, for a terminal and for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.adapters.render.escape import terminal
from remit.adapters.render.wording import counted, took, when
from remit.model.json import Json
from remit.model.stats import RuleFriction, Stats

MOST_RULES = 20


def stats_lines(stats: Stats) -> Iterator[str]:
    """A screen of ``label: what is known``."""
    yield from _broken(stats)
    if not stats.runs:
        yield "No runs to count."
        return
    yield f"{counted(stats.runs, 'run')} since {when(stats.since_us)}: {_listed(stats.outcomes)}"
    yield f"  calls       {stats.calls:,}, {stats.held:,} held"
    yield f"  requests    {_requests(stats)}"
    yield f"  to decide   {_to_decide(stats)}"
    yield f"  the client  {_client(stats)}"
    yield f"  stops       {_listed(stats.stops)}"
    yield f"  wrong       {_wrong(stats)}"
    yield from _rules(stats)


def _broken(stats: Stats) -> Iterator[str]:
    if stats.broken:
        few = ", ".join(stats.broken[:3])
        more = f" and {len(stats.broken) - 3} more" if len(stats.broken) > 3 else ""
        yield f"left out, as their record is not what was written: {terminal(few)}{more}"
        yield "  next: remit ledger verify"


def _requests(stats: Stats) -> str:
    if not stats.asked:
        return "none"
    answers = f"{stats.granted} granted, {stats.refused} refused, {stats.unanswered} not answered"
    return f"{stats.asked:,}: {answers}"


def _to_decide(stats: Stats) -> str:
    if stats.median_ms is None:
        return "nobody answered"
    instant = f"; granted sooner than it can be read: {counted(stats.instant, 'time')}"
    return f"half within {took(stats.median_ms)}" + (instant if stats.instant else "")


def _client(stats: Stats) -> str:
    unknown = f"not known in {counted(stats.client_unknown, 'run')}"
    if stats.client_prompts is None:
        return f"wanted to ask by itself: {unknown if stats.client_unknown else 'not known'}"
    told = f"wanted to ask by itself {counted(stats.client_prompts, 'time')}"
    return f"{told}; {unknown}" if stats.client_unknown else told


def _wrong(stats: Stats) -> str:
    if not (stats.wrongly_held or stats.wrongly_let_through):
        return "nothing was marked: remit explain --wrong RUN"
    return (
        f"{counted(stats.wrongly_held, 'call')} should not have been held, "
        f"{stats.wrongly_let_through:,} should have been, as a person says"
    )


def _rules(stats: Stats) -> Iterator[str]:
    if not stats.rules:
        return
    yield "held  wrongly  let through wrongly  rule"
    for rule in stats.rules[:MOST_RULES]:
        yield (
            f"{rule.held:>4,}  {rule.wrongly_held:>7,}  {rule.wrongly_let_through:>19,}  "
            f"{terminal(rule.rule) or '(no rule spoke)'}"
        )
    if len(stats.rules) > MOST_RULES:
        yield f"and {len(stats.rules) - MOST_RULES} more rules: --json"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {terminal(name)}" for name, number in counts.items()) or "none"


def stats_json(stats: Stats) -> dict[str, Json]:
    """Every field of :class:`Stats` by its name; ``rules`` as objects."""
    return {
        "runs": stats.runs,
        "since_us": stats.since_us,
        "outcomes": dict(stats.outcomes),
        "calls": stats.calls,
        "held": stats.held,
        "asked": stats.asked,
        "granted": stats.granted,
        "refused": stats.refused,
        "unanswered": stats.unanswered,
        "median_ms": stats.median_ms,
        "instant": stats.instant,
        "client_prompts": stats.client_prompts,
        "client_unknown": stats.client_unknown,
        "wrongly_held": stats.wrongly_held,
        "wrongly_let_through": stats.wrongly_let_through,
        "rules": [_rule_json(rule) for rule in stats.rules],
        "stops": dict(stats.stops),
        "broken": list(stats.broken),
    }


def _rule_json(rule: RuleFriction) -> dict[str, Json]:
    return {
        "rule": rule.rule,
        "held": rule.held,
        "wrongly_held": rule.wrongly_held,
        "wrongly_let_through": rule.wrongly_let_through,
    }
