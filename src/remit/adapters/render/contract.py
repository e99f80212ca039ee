"""The contract as people and agents see it: one screen, one prompt, one record (R6, R15)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from remit.adapters.render.escape import terminal
from remit.model.contract import Contract, RiskClass
from remit.model.events import Layer, LayerState
from remit.model.quantity import format_duration, format_money

_LABEL = 12


def screen(
    contract: Contract,
    risk: RiskClass = RiskClass.LOW,
    reasons: Sequence[str] = (),
    layers: Sequence[Layer] = (),
    advisory: Sequence[str] = (),
    notes: Sequence[str] = (),
    width: int = 80,
) -> str:
    """The contract for the person who starts it: plain lines of at most ``width`` columns."""
    rows = [("goal", (contract.goal,)), *_scope_rows(contract), *_limit_rows(contract)]
    rows += _people_rows(contract)
    rows += [("risk", (str(risk) + (": " + "; ".join(reasons) if reasons else ""),))]
    rows += [("held by", (_layer_line(layers),))] if layers else []
    rows += [("advisory", advisory), ("note", notes)]
    lines: list[str] = []
    for label, values in rows:
        lines += _row(label, values, width)
    return "\n".join(lines) + "\n"


def screen_lines(contract: Contract) -> int:
    """How many lines of 80 columns people see of the contract's own words."""
    return screen(contract).count("\n")


def _scope_rows(contract: Contract) -> list[tuple[str, Sequence[str]]]:
    checks = [f"{check.command}  ({check.shows})" for check in contract.evidence.checks]
    none = contract.evidence.none
    return [
        ("may change", _listed(contract.scope.edit)),
        ("may read", _listed(contract.scope.read)),
        ("keep", contract.keep),
        ("not", contract.exclude),
        ("done when", checks or [f"no check: {none}" if none else "nothing says so yet"]),
    ]


def _limit_rows(contract: Contract) -> list[tuple[str, Sequence[str]]]:
    budget = contract.budget
    limits = [format_duration(budget.time_s)]
    if budget.attempts is not None:
        limits.append(f"{budget.attempts} attempts after the first failure")
    if budget.spend_micro_usd is not None:
        limits.append(format_money(budget.spend_micro_usd))
    return [("limits", [", ".join(limits)]), ("refused", [_refused(contract)])]


def _refused(contract: Contract) -> str:
    parts = ["every other write", "secrets"]
    parts.append("the network but " + ", ".join(contract.hosts) if contract.hosts else "network")
    parts += [f"`{command}`" for command in contract.commands.never]
    return ", ".join(parts)


def _people_rows(contract: Contract) -> list[tuple[str, Sequence[str]]]:
    people = contract.people
    named = [
        f"{role} {name}"
        for role, name in (
            ("delegator", people.delegator),
            ("reviewer", people.reviewer),
            ("owner", people.owner),
        )
        if name
    ]
    return [("who", [", ".join(named)])] if named else []


def _layer_line(layers: Iterable[Layer]) -> str:
    return ", ".join(
        layer.name if layer.state is LayerState.LIVE else f"not {layer.name}" for layer in layers
    )


def _listed(patterns: Sequence[str]) -> Sequence[str]:
    return [", ".join(patterns)] if patterns else ["nothing"]


def _row(label: str, values: Sequence[str], width: int) -> list[str]:
    lines = []
    for index, value in enumerate(values):
        head = label if index == 0 else ""
        for wrapped in _wrap(terminal(value), width - _LABEL):
            lines.append(f"{head:<{_LABEL}}{wrapped}".rstrip())
            head = ""
    return lines


def _wrap(text: str, width: int) -> list[str]:
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def agent_prompt(contract: Contract) -> str:
    """What the agent is told of its contract; added to its system prompt."""
    parts = [
        "You work under a task contract that Remit enforces. It replaces permission prompts.",
        f"Goal: {contract.goal}",
        "You may change only: " + ", ".join(contract.scope.edit),
        "You may read: " + ", ".join(contract.scope.read),
        *(f"Must stay the same: {line}" for line in contract.keep),
        *(f"Do not: {line}" for line in contract.exclude),
        *(
            f"Check that Remit will run itself: {check.command}"
            for check in contract.evidence.checks
        ),
        "Anything else is refused. When a call is refused, do not retry it by another route: "
        "go on inside the contract, or say in your answer what you would need and why.",
        "Remit runs the checks and makes the commit; do not commit, push or change branches.",
    ]
    return "\n".join(parts) + "\n"
