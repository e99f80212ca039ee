"""The packet as an account of 80 columns. Colour is stripped where there is no terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

import click

from remit.adapters.render import friction, wording
from remit.adapters.render.escape import terminal, terminal_block
from remit.model.packet import CallLine, CheckResult, FileChange, Packet, Pressure
from remit.model.untrusted import Untrusted
from remit.model.verdict import Finding, Severity, Verdict, VerdictOutcome

WIDTH = 80
MAX_ROWS = 40

_COLOURS = {
    VerdictOutcome.PASS: "green",
    VerdictOutcome.FAIL: "red",
    VerdictOutcome.CANNOT_SAY: "yellow",
}
_MARKS = {
    Severity.BLOCK: ("✕", "red"),
    Severity.UNSURE: ("?", "yellow"),
    Severity.NOTE: ("·", None),
}


def account(packet: Packet) -> str:
    """The whole account, ended by a line feed."""
    return "\n".join(_account(packet)) + "\n"


def fit(text: str, columns: int) -> str:
    """``text`` for a terminal of fewer columns than it was written for: lines are broken between
    words, with what follows indented as its line is. Colour never reaches over a line's end."""
    return "".join(_fitted(line, max(columns, _NARROWEST)) for line in text.splitlines(True))


_NARROWEST = 30
_WHOLLY_STYLED = re.compile(r"((?:\x1b\[[0-9;]*m)+)([^\x1b]*)\x1b\[0m(\n?)")


def _fitted(line: str, columns: int) -> str:
    plain = click.unstyle(line)
    if len(plain.rstrip("\n")) <= columns:
        return line
    whole = _WHOLLY_STYLED.fullmatch(line)
    start, end = (whole[1], "\x1b[0m") if whole else ("", "")
    text = whole[2] if whole else line.rstrip("\n")
    indent = " " * (len(plain) - len(plain.lstrip()) + 2)
    lines = textwrap.wrap(
        text, columns, subsequent_indent=indent, break_on_hyphens=False, drop_whitespace=True
    )
    return "\n".join(f"{start}{part}{end}" for part in lines) + ("\n" if "\n" in line else "")


def _account(packet: Packet) -> Iterator[str]:
    yield from _contract(packet)
    yield from _section("Calls", _calls(packet))
    if lines := friction.told(packet.friction):
        yield from _section("Asked of people", _friction(lines))
    if packet.extended:
        yield from _section("Given while it went on", _extended(packet))
    if packet.reached:
        yield from _section("Hosts reached", _reached(packet))
    yield from _section("Checks", _checks(packet))
    yield from _section("Changed", _files(packet))
    yield from _section("The agent says (not evidence)", _claims(packet))
    yield ""
    yield from verdict_lines(packet.verdict, packet.risk.value, wording.control_word(packet))
    yield from _next(packet)


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield ""
    yield click.style(title, bold=True)
    yield from lines


def _contract(packet: Packet) -> Iterator[str]:
    """The contract in three lines."""
    scope = packet.contract.scope
    yield click.style(_cut(f"{packet.run}  {_one(packet.goal)}"), bold=True)
    edits = ", ".join(_one(pattern) for pattern in scope.edit) or "nothing"
    yield _cut(f"  may edit {edits}; {wording.time_box(packet)}; risk {packet.risk.value}")
    if packet.origin.in_copy:
        yield _cut(f"  worked in a copy of {packet.origin.start_commit[:12]}, beside your tree")
    yield from _wrap(wording.enforcement(packet), "  ")


def _calls(packet: Packet) -> Iterator[str]:
    lines = [line for call in packet.calls for line in _call(call, packet.pressure)]
    yield from lines[: 2 * MAX_ROWS]
    left_out = max(0, len(lines) - 2 * MAX_ROWS) + packet.calls_left_out
    if left_out:
        yield f"  and {left_out} more lines, in: remit packet {packet.run} --format html"
    if not lines:
        yield "  none"


def _call(call: CallLine, pressure: tuple[Pressure, ...]) -> Iterator[str]:
    actor = "" if call.actor == "agent" else f" [{terminal(call.actor)}]"
    text = f"{wording.clock(call.time_us)}  {_one(call.tool)}{actor}  {_one(call.summary)}"
    if call.outcome == "allow":
        yield _cut(f"  {text}")
        return
    yield click.style(_cut(f"✕ {text}"), fg="red")
    told = (held for held in pressure if held.time_us >= call.time_us and held.rule in call.rules)
    held = next(told, None)
    why = f"{call.outcome}: {_one(held.message)}" if held else f"{call.outcome}"
    yield from _wrap(f"{why} ({', '.join(call.rules)})", "            ")


def _friction(lines: tuple[str, ...]) -> Iterator[str]:
    for line in lines:
        yield from _wrap(line, "  ")


def _extended(packet: Packet) -> Iterator[str]:
    for one in packet.extended[:MAX_ROWS]:
        said = f"{_one(one.reason)}; evidence: {_one(one.evidence)}"
        given = f"{one.limit} {one.amount} more, by {_one(one.by)} ({one.established})"
        yield from _wrap(f"{given}: {said}", "  ")


def _reached(packet: Packet) -> Iterator[str]:
    for host in packet.reached[:MAX_ROWS]:
        told = f"sent {wording.size(host.sent)}, received {wording.size(host.received)}"
        yield from _wrap(f"{_one(host.host)}: {wording.tries(host)}; {told}", "  ")
    left_out = max(0, len(packet.reached) - MAX_ROWS) + packet.reached_left_out
    if left_out:
        yield f"  and {left_out} more hosts"


def _checks(packet: Packet) -> Iterator[str]:
    for check in packet.checks:
        yield from _check(check)
    if not packet.checks:
        reason = packet.checks_none
        yield from _wrap(f"none: {_one(reason)}" if reason.text else "none", "  ")


def _check(check: CheckResult) -> Iterator[str]:
    mark = click.style("✓", fg="green") if check.satisfied else click.style("✕", fg="red")
    before, after = wording.state_of(check.before), wording.state_of(check.after)
    yield f"{mark} {_cut(f'{_one(check.name)}: {before} → {after}', WIDTH - 2)}"
    yield from _wrap(_one(check.why), "    ")


def _files(packet: Packet) -> Iterator[str]:
    for file in packet.files[:MAX_ROWS]:
        yield _cut(f"  {wording.lines_of(file):>10}  {_one(file.path)}{_mind(file)}")
    if len(packet.files) > MAX_ROWS:
        yield f"  and {len(packet.files) - MAX_ROWS} more files"
    if not packet.files:
        yield "  nothing"
    for reason in wording.out_of_bounds(packet)[:MAX_ROWS]:
        yield from _wrap(f"out of bounds: {_one(reason)}", "  ")


def _mind(file: FileChange) -> str:
    told = [file.zone, "says what passes" if file.goalpost else ""]
    told.append("" if file.standing == "in-scope" else "outside scope")
    marks = ", ".join(text for text in told if text)
    return f"  ({marks})" if marks else ""


def _claims(packet: Packet) -> Iterator[str]:
    if not packet.claims:
        yield "  nothing"
        return
    lines = terminal_block(packet.claims[-1]).strip().splitlines()
    for line in lines[:8]:
        yield from _wrap(line, "  │ ")
    if len(lines) > 8:
        yield f"  │ … {len(lines) - 8} more lines"


def verdict_lines(verdict: Verdict, risk: str, control: str) -> Iterator[str]:
    """The verdict, then what speaks against it with what to do."""
    word = wording.VERDICTS[verdict.outcome].upper()
    styled = click.style(word, fg=_COLOURS[verdict.outcome], bold=True)
    yield f"{styled}  ({risk} risk, {control})"
    for finding in verdict.findings[:MAX_ROWS]:
        yield from _finding(finding)
    if len(verdict.findings) > MAX_ROWS:
        yield f"  and {len(verdict.findings) - MAX_ROWS} more findings (--json has all)"


def _finding(finding: Finding) -> Iterator[str]:
    mark, colour = _MARKS[finding.severity]
    subject = f"{terminal(finding.subject)}: " if finding.subject else ""
    first, *rest = _wrap(f"{subject}{terminal(finding.message)} [{finding.rule}]", "    ")
    yield f"  {click.style(mark, fg=colour) if colour else mark} {first[4:]}"
    yield from rest
    if finding.fix:
        yield from _wrap(f"→ {terminal(finding.fix)}", "      ")


def _next(packet: Packet) -> Iterator[str]:
    yield ""
    if packet.subject.commit:
        commit, branch = packet.subject.commit[:12], _one(packet.subject.branch)
        yield from _wrap(f"result: commit {commit} on the branch {branch}", "")
    for number, line in enumerate(wording.undo(packet)):
        yield from _wrap(f"{'' if number else 'undo: '}{_one(line)}", "      " if number else "")
    yield f"next: remit packet {packet.run} --open"


def _one(text: Untrusted | str) -> str:
    return terminal(text)


def _cut(line: str, width: int = WIDTH) -> str:
    return line if len(line) <= width else f"{line[: width - 1]}…"


def _wrap(text: str, indent: str) -> Iterator[str]:
    """Lines of at most 80 columns, each behind ``indent``."""
    lines = textwrap.wrap(text, WIDTH - len(indent), break_on_hyphens=False) or [""]
    for line in lines:
        yield f"{indent}{line}"
