"""The contract as people and agents see it: one screen, one prompt, one record.

A contract may come from a stranger's repository, so every word of it goes through the escape
of its sink.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from remit.adapters.render.escape import terminal, terminal_block
from remit.model.contract import EXACTLY, Check, Contract, McpServer, RiskClass, Shows
from remit.model.events import Layer, LayerState
from remit.model.limits import ATTEMPTS, LIMITS, TIME, Limit
from remit.model.quantity import format_duration
from remit.policy.data_classes import DATA_CLASSES

_LABEL = 12
_Row: TypeAlias = tuple[str, Sequence[str]]
_SHOWS = {
    Shows.RED_THEN_GREEN: "must fail before and pass after",
    Shows.GREEN: "must pass after",
}


def screen(
    contract: Contract,
    risk: RiskClass = RiskClass.LOW,
    reasons: Sequence[str] = (),
    layers: Sequence[Layer] = (),
    advisory: Sequence[str] = (),
    notes: Sequence[str] = (),
    width: int = 80,
    copy: Sequence[str] = (),
) -> str:
    """The contract for the person who starts it: lines of at most ``width`` columns.

    ``reasons`` are those of the risk class, ``advisory`` the lines that nothing enforces,
    ``notes`` why guessed lines stand there, ``copy`` what is to be known of a run's own copy.
    """
    rows: list[_Row] = [("goal", (contract.goal,)), *_scope_rows(contract)]
    rows += _evidence_rows(contract)
    rows += _limit_rows(contract)
    rows += [("who", _people(contract)), ("undo", _undo(contract))]
    rows += [("risk", (f"{risk}: {'; '.join(reasons)}" if reasons else str(risk),))]
    rows += [("works in", copy), ("held by", _layers(layers))]
    rows += [("advisory", advisory), ("why", notes)]
    return "".join(f"{line}\n" for row in rows for line in _row(*row, width))


def screen_lines(contract: Contract) -> int:
    """How many lines of 80 columns people see of the contract's own words."""
    return screen(contract).count("\n")


def _scope_rows(contract: Contract) -> list[_Row]:
    scope = contract.scope
    return [
        ("may change", (_listed(scope.edit, "nothing"),)),
        ("may read", (_listed(scope.read, "nothing") + ", never secrets",)),
        ("keep", contract.keep),
        ("not", contract.exclude),
    ]


def _evidence_rows(contract: Contract) -> list[_Row]:
    evidence = contract.evidence
    none = f"no check: {evidence.none}" if evidence.none else "nothing says so yet"
    prepare = (evidence.prepare,) if evidence.prepare else ()
    shared = (_listed(evidence.share, ""),) if evidence.share else ()
    done = [_check_line(check) for check in evidence.checks] or [none]
    return [("done when", done), ("prepare", prepare), ("lent", shared)]


def _check_line(check: Check) -> str:
    limit = format_duration(check.time_s)
    return f"{check.command}  ({_SHOWS[check.shows]}, {limit})"


def _limit_rows(contract: Contract) -> list[_Row]:
    commands, stop = contract.commands, contract.stop
    hosts = f"network: {', '.join(contract.hosts)}" if contract.hosts else ""
    servers = f"MCP: {', '.join(server.name for server in contract.mcp)}" if contract.mcp else ""
    free = f"commands: {', '.join(commands.free)}" if commands.free else ""
    allowed = [line for line in (free, hosts, servers) if line]
    opened = [f"the zone {zone}, opened by name" for zone in stop.allow_zones]
    return [
        ("limits", (_budget(contract),)),
        ("also allowed", allowed + opened),
        ("asks first", (", ".join(commands.ask),) if commands.ask else ()),
        ("refused", (_refused(contract),)),
        ("ends the run", (_ends(contract),)),
    ]


_TOLD = tuple(limit for limit in LIMITS if limit not in (TIME, ATTEMPTS))
"""What the agent is told beside its time: what is held."""


def _budget(contract: Contract, limits: Sequence[Limit] = LIMITS) -> str:
    amounts = ((limit, limit.of(contract.budget)) for limit in limits)
    return ", ".join(limit.told(amount) for limit, amount in amounts if amount is not None)


def _refused(contract: Contract) -> str:
    parts = ["writes elsewhere", "secrets", "code Remit cannot read (python -c, eval)"]
    parts.append("other hosts" if contract.hosts else "the network")
    if contract.commands.exact:
        parts.append("every command not allowed above")
    return ", ".join((*parts, *contract.commands.never, *contract.tools.deny))


def _ends(contract: Contract) -> str:
    parts = [
        "a change outside scope",
        "a sensitive zone, or reading its data",
        "the same refusal met again",
    ]
    return ", ".join((*parts, *contract.stop.zones, *contract.stop.paths))


def _people(contract: Contract) -> Sequence[str]:
    people = contract.people
    roles = (
        ("delegator", people.delegator),
        ("reviewer", people.reviewer),
        ("owner", people.owner),
        ("read by", contract.acknowledged_by),
    )
    named = [f"{role} {name}" for role, name in roles if name]
    return (", ".join(named),) if named else ()


def _undo(contract: Contract) -> Sequence[str]:
    rollback = contract.rollback
    parts = [rollback.undo]
    parts += [f"data: {rollback.data_risk}"] if rollback.data_risk else []
    parts += [f"when: {rollback.trigger}"] if rollback.trigger else []
    return [part for part in parts if part]


def _layers(layers: Iterable[Layer]) -> Sequence[str]:
    live = [layer.name for layer in layers if layer.state is LayerState.LIVE]
    off = [f"not by {layer.name}" for layer in layers if layer.state is LayerState.OFF]
    return (", ".join((*live, *off)),) if live or off else ()


def _listed(patterns: Sequence[str], nothing: str) -> str:
    return ", ".join(patterns) or nothing


def _row(label: str, values: Sequence[str], width: int) -> list[str]:
    lines = []
    head = label
    for value in values:
        for line in terminal_block(value).split("\n"):
            for wrapped in _wrap(line, max(width - _LABEL - 1, 20)):
                lines.append(f"{head:<{_LABEL}} {wrapped}".rstrip())
                head = ""
    return lines


def _wrap(text: str, width: int) -> list[str]:
    """Words in lines of ``width``; a longer word is cut, so that nothing is pushed off."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
        while len(line) > width:
            lines.append(line[:width])
            line = line[width:]
    return [*lines, line]


def agent_prompt(contract: Contract) -> str:
    """What the agent is told of its contract, as an addition to its system prompt."""
    return "\n".join((*_task(contract), "", *_bounds(contract), "", *_manners(contract))) + "\n"


def _task(contract: Contract) -> list[str]:
    lines = ["# Task contract", "", f"Goal: {_plain(contract.goal)}"]
    lines += [f"- Must stay the same: {_plain(line)}" for line in contract.keep]
    lines += [f"- Do not: {_plain(line)}" for line in contract.exclude]
    stops = contract.rollback.stop_before
    return lines + [f"- Stop and say so before: {_plain(line)}" for line in stops]


def _commands(items: tuple[str, ...]) -> str:
    exactly = " (after = only as it stands, without the =)"
    return _code(items) + (exactly if any(item.startswith(EXACTLY) for item in items) else "")


def _bounds(contract: Contract) -> list[str]:
    scope, commands = contract.scope, contract.commands
    lines = [
        "Remit enforces this contract outside of you; it takes the place of permission prompts.",
        f"- You may change: {_code(scope.edit) or 'nothing'}",
        f"- You may read: {_code(scope.read) or 'nothing'}, but no secrets",
        f"- Time: {format_duration(contract.budget.time_s)}",
        f"- Network: {_code(contract.hosts) or 'none'}",
    ]
    limits = _budget(contract, _TOLD)
    lines += [f"- Limits: {limits}"] if limits else []
    lines += (
        [f"- Commands that are always fine: {_commands(commands.free)}"] if commands.free else []
    )
    if commands.exact:
        lines.append("- No other command runs.")
    never = (*commands.never, *contract.tools.deny)
    lines += [f"- Never: {_commands(never)}"] if never else []
    lines += [f"- MCP {_mcp(contract)}"] if contract.mcp else []
    stops = (*contract.stop.zones, *contract.stop.paths)
    lines += [f"- Changing these ends the run: {_code(stops)}"] if stops else []
    opened = contract.stop.allow_zones
    but = f" (opened here: {_code(opened)})" if opened else ""
    areas = "authentication, billing, customer data, migrations, deployment, secrets"
    lines.append(f"- Changing a sensitive area ends the run: {areas}{but}")
    data = ", ".join(name.replace("-", " ") for name in DATA_CLASSES if name not in opened)
    return [*lines, f"- Reading more sensitive data ends it too: {data}"] if data else lines


def _mcp(contract: Contract) -> str:
    return "; ".join(_server(server) for server in contract.mcp)


def _server(server: McpServer) -> str:
    asked = f", and after a person's answer to each call {_code(server.writes)}"
    tools = f"{_code(server.tools) or 'no tools'}{asked if server.writes else ''}"
    data = f" (data: {_plain(server.data)})" if server.data else ""
    return f"{_plain(server.name)}: {tools}{data}"


def _manners(contract: Contract) -> list[str]:
    checks = [f"- `{_plain(check.command)}`" for check in contract.evidence.checks]
    head = ["When you are done, Remit itself runs:", *checks] if checks else []
    return [
        *head,
        "Your own word that it works is not evidence; leave the code so that the check shows it.",
        "",
        "If a call is refused, nothing happened. Do not try the same by another route: twice",
        "refused and tried again ends the run. Go on inside the contract, or end your turn and",
        "say what you would need and why; a person decides.",
        "Write with your file tools and run plain commands: code that is built as text",
        "(`python -c`, `eval`, variables as commands) is refused because nobody can read it.",
        "Do not commit, push, switch branches or change git: Remit makes the commit.",
        "In your closing note say what you changed, what you left, and what you trust least.",
    ]


def _plain(text: str) -> str:
    """Text on one line with nothing hidden in it."""
    return terminal(" ".join(text.split()))


def _code(items: Sequence[str]) -> str:
    return ", ".join(f"`{_plain(item)}`" for item in items)
