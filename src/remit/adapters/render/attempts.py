"""The attempts of a run, for a terminal and for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from remit.adapters.render.escape import terminal
from remit.adapters.render.wording import counted, took
from remit.model.attempt import CLOSED, Gate, Weight
from remit.model.json import Json
from remit.model.packet import AttemptLine, AttemptNote
from remit.model.quantity import round_money

_COUNTS = {
    Weight.COUNTED: "taught nothing",
    Weight.LEARNT: "learnt",
    Weight.JUST_ADDED: "not counted: only what was just added fails",
    Weight.FLAKY: "not counted: flaky",
    Weight.UNCONFIRMED: "not counted: Remit's own run does not show it",
}
_GATES = {
    Gate.NOTE: "a note was due before the next change",
    Gate.SIMILAR: "the next change was held: the same failure twice in a row",
    Gate.NO_LEARNING: "the next change was held: its note taught nothing",
    Gate.EXHAUSTED: "the next change was held: the attempts were used up",
    Gate.TOTAL: "the next change was held: the attempts of the run were used up",
}


def counts_word(line: AttemptLine) -> str:
    """Whether an attempt counts, in words."""
    weight = Weight(line.weight) if line.stands else Weight.UNCONFIRMED
    return _COUNTS[weight]


def gate_words(line: AttemptLine) -> str:
    """What the next change met; "" where nothing stood in its way."""
    if not line.stands and Gate(line.gate) in CLOSED:
        return ""
    return _GATES.get(Gate(line.gate), "")


def cost_words(line: AttemptLine) -> str:
    """``1,200 tokens, $0.02, 41 s``, as far as it was measured."""
    spent = []
    if line.tokens is not None and line.micro_usd is not None:
        spent = [f"{line.tokens:,} tokens", round_money(line.micro_usd)]
    return ", ".join([*spent, took(line.took_ms)])


def attempts_lines(lines: Sequence[AttemptLine]) -> Iterator[str]:
    """One paragraph for each attempt."""
    if not lines:
        yield "No attempt: no check of the contract was seen to run after a change."
    for line in lines:
        yield f"{line.number}. {counts_word(line)}  ({cost_words(line)})"
        yield f"   changed  {_listed(line)}"
        yield f"   check    {terminal(line.check)}: {_checked(line)}"
        yield f"   because  {terminal(line.why)}"
        if line.confirmed.text:
            yield f"   Remit    {terminal(line.confirmed)}"
        yield from (f"   note     {_noted(note)}" for note in line.notes)
        if words := gate_words(line):
            yield f"   then     {words}"


def _noted(note: AttemptNote) -> str:
    if note.fault.text:
        return f"not taken: {terminal(note.fault)}"
    return f"learnt: {terminal(note.learnt)}; next: {terminal(note.next)}"


def _checked(line: AttemptLine) -> str:
    failing = len(line.failing) + line.failing_left_out
    return f"{line.before} failing before, {failing} after" if failing else "passes"


def _listed(line: AttemptLine) -> str:
    more = f" and {counted(line.changed_left_out, 'file')} more" if line.changed_left_out else ""
    return (", ".join(terminal(path) for path in line.changed) or "nothing that lasted") + more


def attempts_json(run: str, lines: Sequence[AttemptLine]) -> dict[str, Json]:
    return {"run": run, "attempts": [_json(line) for line in lines]}


def _json(line: AttemptLine) -> dict[str, Json]:
    return {
        "number": line.number,
        "time_us": line.time_us,
        "check": line.check.text,
        "changed": [path.text for path in line.changed],
        "changed_left_out": line.changed_left_out,
        "failing_before": line.before,
        "failing": [failure.text for failure in line.failing],
        "failing_left_out": line.failing_left_out,
        "learnt": line.learnt,
        "weight": line.weight if line.stands else Weight.UNCONFIRMED.value,
        "why": line.why.text,
        "gate": line.gate,
        "confirmed": line.confirmed.text or None,
        "took_ms": line.took_ms,
        "tokens": line.tokens,
        "micro_usd": line.micro_usd,
    }
