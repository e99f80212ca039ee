"""The command line that lets a session go on: the person's own flags, without their prompt.

Which words are flags and which the prompt can only be told where every flag is known: a run with
another one is not parked.
"""

from __future__ import annotations

from remit.adapters.agents.claude_code.arguments import Arguments

_ALONE = frozenset(
    {
        "-p",
        "--print",
        "--verbose",
        "--brief",
        "--restricted",
        "--no-chrome",
        "--include-hook-events",
        "--include-partial-messages",
        "--forward-subagent-text",
        "--disable-slash-commands",
        "--exclude-dynamic-system-prompt-sections",
    }
)
_WITH_VALUE = frozenset(
    {
        "-n",
        "--name",
        "--agent",
        "--autocompact",
        "--debug-file",
        "--effort",
        "--fallback-model",
        "--json-schema",
        "--max-budget-usd",
        "--max-turns",
        "--model",
        "--output-format",
        "--permission-mode",
        "--permission-prompts",
        "--system-prompt",
    }
)
_WITH_VALUES = frozenset({"--betas", "--disallowedTools", "--disallowed-tools", "--tools"})


def flags_of(arguments: Arguments) -> tuple[str, ...] | None:
    """The words of ``arguments`` without the prompt; None where that cannot be told."""
    kept: list[str] = []
    rest = list(arguments.passed)
    while rest and rest[0] != "--":
        word = rest.pop(0)
        if not word.startswith("-"):
            continue
        taken = _values(word, rest)
        if taken is None:
            return None
        kept += [word, *taken]
    return tuple(kept)


def _values(word: str, rest: list[str]) -> list[str] | None:
    """The values of the flag ``word``, taken off ``rest``; None for one that is not known."""
    flag, given, _ = word.partition("=")
    known = _WITH_VALUE | _WITH_VALUES
    if given:
        return [] if flag in known else None
    if flag in _ALONE:
        return []
    if flag in _WITH_VALUE and rest:
        return [rest.pop(0)]
    return _all_values(rest) if flag in _WITH_VALUES else None


def _all_values(rest: list[str]) -> list[str]:
    """Every word up to the next flag, taken off ``rest``, as the client reads it."""
    taken: list[str] = []
    while rest and not rest[0].startswith("-"):
        taken.append(rest.pop(0))
    return taken
