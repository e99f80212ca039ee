"""The agent's own tools by name."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.decision import Outcome, Reason
from remit.model.request import Effect
from remit.policy.rules import mcp
from remit.policy.rules.case import Case
from remit.policy.rules.wording import short
from remit.policy.wordlist import words

HARMLESS = words(
    "Agent Task TodoWrite TodoRead ToolSearch Skill ExitPlanMode EnterPlanMode TaskCreate "
    "TaskUpdate TaskGet TaskList TaskOutput TaskStop BashOutput KillShell KillBash "
    "StructuredOutput ReportFindings ListAgents ListMcpResources ListMcpResourcesTool "
    "AskUserQuestion"
)
"""Tools that touch nothing themselves: what they lead to is asked about again."""
REFUSED = {
    "Workflow": "starts agents in numbers that nobody follows",
    "ScheduleWakeup": "lets the run go on later, unseen",
    "CronCreate": "lets work run later, unseen",
    "CronDelete": "changes scheduled work",
    "RemoteTrigger": "starts work elsewhere",
    "EnterWorktree": "leaves the tree this contract is about",
    "ExitWorktree": "leaves the tree this contract is about",
    "SendMessage": "speaks to agents outside this run",
}


def guard(case: Case) -> Iterator[Reason]:
    tool = case.request.call.tool
    if tool in case.contract.tools.deny:
        yield Reason(
            "tool.denied",
            Outcome.DENY,
            tool,
            f"The contract denies the tool {tool}.",
            ask=f'remove "{tool}" from tools.deny in the contract',
        )


def call(effect: Effect, case: Case) -> Reason:
    tool = effect.target
    if tool.startswith(mcp.PREFIX):
        return mcp.judge(tool, case)
    if tool in HARMLESS or tool in case.contract.tools.allow:
        return Reason("tool.allowed", Outcome.ALLOW, tool, "touches nothing by itself")
    if tool in REFUSED:
        return _held(tool, Outcome.DENY, "tool.refused", f"{tool} {REFUSED[tool]}.")
    return _held(tool, Outcome.ASK, "tool.unknown", f"Remit does not know the tool {short(tool)}.")


def _held(tool: str, outcome: Outcome, rule: str, message: str) -> Reason:
    return Reason(
        rule,
        outcome,
        short(tool),
        message,
        allowed="Read, Grep, Glob, Edit, Write and Bash inside the contract",
        ask=f'add "{short(tool)}" to tools.allow in the contract',
    )
