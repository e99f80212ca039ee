"""Checks that cannot fail, and checks that show little: a green of theirs is worth nothing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from itertools import pairwise

_ALWAYS_ZERO = frozenset(
    {"true", ":", "echo", "printf", "pwd", "date", "sleep", "cd", "export", "set"}
)
_PASS_ON = frozenset(
    {"tee", "cat", "head", "tail", "less", "sort", "uniq", "wc", "tr", "cut", "nl"}
)
"""As the end of a pipe these succeed whatever was fed to them."""
_IGNORE_FLAGS = {
    "--exit-zero": "--exit-zero hides every failure",
    "--keep-going-exit-zero": "hides every failure",
}
_MAKE_FLAGS = frozenset({"-i", "--ignore-errors", "-n", "--dry-run", "--just-print"})
_LITTLE = {
    "--version": "prints a version",
    "--help": "prints help",
    "--collect-only": "collects tests and runs none",
    "--co": "collects tests and runs none",
    "--passWithNoTests": "passes where no test is found",
    "--list": "lists tests and runs none",
    "--dry-run": "runs nothing",
}
_SEPARATORS = frozenset({";", "\n"})


def idle_reason(command: str) -> str:
    """Why ``command`` exits 0 whatever the code does; "" where it can fail."""
    tokens = _tokens(command)
    if tokens is None or not tokens:
        return ""
    pipefail = any(a == "pipefail" for _, a in pairwise(["", *tokens]))
    return _list_reason(tokens, "pipefail" if pipefail else "")


def shows_little(command: str) -> str:
    """Why a green of ``command`` says little; "" where it may say much."""
    tokens = _tokens(command) or []
    for token in tokens:
        if token in _LITTLE:
            return f"{token} {_LITTLE[token]}"
    return ""


def _tokens(command: str) -> list[str] | None:
    lexer = shlex.shlex(_joined(command), posix=False, punctuation_chars=";&|\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    try:
        return list(lexer)
    except ValueError:
        return None


def _joined(command: str) -> str:
    without_comments = re.sub(r"(?m)(?:^|(?<=\s))#.*$", "", command)
    return without_comments.replace("\\\n", " ").strip().strip(";\n ").strip()


def _list_reason(tokens: Sequence[str], pipefail: str) -> str:
    """The reason of the last statement: a list exits with its last command's status."""
    last = list(tokens)
    strict = _stops_on_error(tokens)
    for at in range(len(tokens) - 1, -1, -1):
        if tokens[at].strip(";\n") == "" and tokens[at]:
            last = list(tokens[at + 1 :])
            break
    reason = _chain_reason(last, pipefail)
    earlier = len(last) < len(tokens)
    return "" if reason and earlier and strict else reason


def _stops_on_error(tokens: Sequence[str]) -> bool:
    return any(a == "set" and re.match(r"-\w*e", b) for a, b in pairwise(tokens))


def _chain_reason(tokens: Sequence[str], pipefail: str) -> str:
    """``a && b`` is idle where all parts are; ``a || b`` where one part is."""
    if tokens and tokens[-1] == "&":
        return "it runs in the background and its status is dropped"
    alternatives = _split(tokens, "||")
    for part in alternatives:
        reasons = [_pipe_reason(step, pipefail) for step in _split(part, "&&")]
        if all(reasons):
            if len(alternatives) > 1:
                return f"`|| {' '.join(part)}` turns every failure into success"
            return reasons[-1]
    return ""


def _pipe_reason(tokens: Sequence[str], pipefail: str) -> str:
    stages = _split(tokens, "|")
    argv = [token for token in stages[-1] if "=" not in token.split("/")[0] or token[0] == "-"]
    if not argv:
        return "it runs nothing"
    program = argv[0].rsplit("/", 1)[-1]
    if len(stages) > 1 and program in _PASS_ON and not pipefail:
        return f"its status is that of `{program}`, not of what is piped into it"
    return "" if len(stages) > 1 and pipefail else _argv_reason(program, argv)


def _argv_reason(program: str, argv: Sequence[str]) -> str:
    if program in _ALWAYS_ZERO:
        return f"`{program}` always succeeds"
    if program in ("exit", "return") and argv[1:2] in ([], ["0"]):
        return "it exits 0 whatever happened"
    if program in ("sh", "bash", "dash", "zsh") and "-c" in argv:
        return _inner_reason(argv)
    if program == "make" and _MAKE_FLAGS & set(argv):
        return "make is told to ignore errors or to run nothing"
    for token in argv:
        if token in _IGNORE_FLAGS:
            return _IGNORE_FLAGS[token]
    return ""


def _inner_reason(argv: Sequence[str]) -> str:
    at = argv.index("-c")
    inner = argv[at + 1] if at + 1 < len(argv) else ""
    unquoted = inner[1:-1] if len(inner) > 1 and inner[0] in "'\"" else inner
    return idle_reason(unquoted) if unquoted != inner else ""


def _split(tokens: Sequence[str], operator: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token == operator:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
