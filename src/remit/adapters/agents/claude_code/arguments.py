"""The user's command line for Claude Code: what passes, what would undo the governance.

Reading is stricter than the client's: a refused flag is refused wherever it stands before
``--``, because guessing which flag takes a value would be a guess on the wrong side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from remit.errors import UsageError

_CONTRACT = "say it in the contract instead"
_SETTINGS = "a second settings file replaces the one with Remit's guards"
_DETACHED = "the session would leave the process Remit watches"
_MODE = "the contract takes the place of the client's prompts"
_RESUME = "an earlier session did not run under this contract"
_PLUGIN = "a plugin can bring hooks and code of its own"
_HOST = "another program would answer for the person"
_FRESH = "start a new run"
_WITHOUT = "leave it out"

REFUSED: dict[str, tuple[str, str]] = {
    "--settings": (_SETTINGS, "Remit carries your deny and ask rules and your model in"),
    "--setting-sources": (_SETTINGS, "Remit carries what is safe in by itself"),
    "--managed-settings": (_SETTINGS, _WITHOUT),
    "--managed-settings-in-initialize": (_SETTINGS, _WITHOUT),
    "--project-config-root": (_SETTINGS, _WITHOUT),
    "--profile": (_SETTINGS, _WITHOUT),
    "--mcp-config": ("the contract names the MCP servers", "add an [[mcp]] table to the contract"),
    "--strict-mcp-config": ("Remit sets it", _WITHOUT),
    "--dangerously-skip-permissions": (_MODE, "what the contract allows runs without a prompt"),
    "--allow-dangerously-skip-permissions": (_MODE, _WITHOUT),
    "--enable-auto-mode": (_MODE, _WITHOUT),
    "--inherit-permission-mode": (_MODE, _WITHOUT),
    "--allowedTools": (_MODE, "list the tools under [tools] allow in the contract"),
    "--allowed-tools": (_MODE, "list the tools under [tools] allow in the contract"),
    "--permission-prompt-tool": (_HOST, "widen the contract if the run needs more"),
    "--bare": ("it switches Remit's hooks off", _WITHOUT),
    "--safe-mode": ("it switches Remit's hooks off", _WITHOUT),
    "--plugin-dir": (_PLUGIN, "skills, agents and commands of .claude/ are carried in"),
    "--plugin-dir-no-mcp": (_PLUGIN, "skills, agents and commands of .claude/ are carried in"),
    "--plugin-url": (_PLUGIN, _WITHOUT),
    "--channels": (_PLUGIN, _WITHOUT),
    "--dangerously-load-development-channels": (_PLUGIN, _WITHOUT),
    "--agents": ("agents given inline can carry hooks", "put them into .claude/agents"),
    "--add-dir": ("the contract's edit scope says where the agent may write", _CONTRACT),
    "--bg": (_DETACHED, _WITHOUT),
    "--background": (_DETACHED, _WITHOUT),
    "--cloud": (_DETACHED, _WITHOUT),
    "--remote": (_DETACHED, _WITHOUT),
    "--remote-control": (_DETACHED, _WITHOUT),
    "--rc": (_DETACHED, _WITHOUT),
    "--teleport": (_DETACHED, _WITHOUT),
    "--desktop": (_DETACHED, _WITHOUT),
    "--environment": (_DETACHED, _WITHOUT),
    "--tmux": (_DETACHED, _WITHOUT),
    "--sdk-url": (_DETACHED, _WITHOUT),
    "--messaging-socket-path": (_HOST, _WITHOUT),
    "--ide": (_HOST, _WITHOUT),
    "--chrome": ("the browser is outside the contract", _WITHOUT),
    "--worktree": ("Remit watches the tree it was started in", "let Remit make the copy"),
    "--file": ("it writes into the tree before any guard is there", "put the file there yourself"),
    "--rewind-files": ("it writes into the tree before any guard is there", "use remit rollback"),
    "--session-id": ("Remit chooses it, to know its own session", _WITHOUT),
    "--resume": (_RESUME, _FRESH),
    "--resume-session-at": (_RESUME, _FRESH),
    "--continue": (_RESUME, _FRESH),
    "--fork-session": (_RESUME, _FRESH),
    "--from-pr": (_RESUME, _FRESH),
    "--init": ("set-up hooks run before the guard", "run it yourself before the run"),
    "--init-only": ("set-up hooks run before the guard", "run it yourself before the run"),
    "--maintenance": ("set-up hooks run before the guard", "run it yourself before the run"),
    "--system-prompt-snapshot": ("an earlier prompt could stand in for this contract", _WITHOUT),
}
"""Flag -> (why it is refused, what to do instead)."""

_SHORT = {"-c": "--continue", "-r": "--resume", "-w": "--worktree"}
_SHORT_WITH_VALUE = frozenset("rnwd")
_MODES = frozenset({"manual", "default", "plan", "dontAsk"})
APPENDED = {"--append-system-prompt": "text", "--append-system-prompt-file": "file"}
"""The user's own additions, joined with ours: the client takes only one."""
SUBAGENT_APPENDED = {
    "--append-subagent-system-prompt": "text",
    "--append-subagent-system-prompt-file": "file",
}
_TAKEN = {**APPENDED, **SUBAGENT_APPENDED}


@dataclass(frozen=True, slots=True)
class Arguments:
    """``passed`` goes on as it is. ``appended`` and ``subagent_appended`` are pairs of ``text`` or
    ``file`` and the value the user gave."""

    passed: tuple[str, ...]
    appended: tuple[tuple[str, str], ...]
    subagent_appended: tuple[tuple[str, str], ...]
    headless: bool
    has_model: bool
    prints_result: bool


def read_arguments(words: Sequence[str]) -> Arguments:
    """The words after ``claude``; UsageError for one that would undo the governance."""
    passed: list[str] = []
    taken: list[tuple[str, str]] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            passed += ["--", *rest]
            break
        flag, given, value = word.partition("=")
        if flag in _TAKEN:
            taken.append((flag, value if given else _next(rest, flag)))
            continue
        _refuse(word, flag)
        passed.append(word)
        if flag == "--permission-mode":
            mode = value if given else _next(rest, flag)
            _refuse_mode(mode)
            passed += [] if given else [mode]
    return _arguments(passed, taken)


def _arguments(passed: list[str], taken: list[tuple[str, str]]) -> Arguments:
    before = passed[: passed.index("--")] if "--" in passed else passed
    flags = {word.partition("=")[0] for word in before}
    clusters = {letter for word in before for letter in _cluster(word)}
    return Arguments(
        tuple(passed),
        tuple((APPENDED[flag], value) for flag, value in taken if flag in APPENDED),
        tuple((_TAKEN[flag], value) for flag, value in taken if flag in SUBAGENT_APPENDED),
        "--print" in flags or "-p" in clusters,
        "--model" in flags,
        _printed_as(before) in ("json", "stream-json"),
    )


def _printed_as(words: Sequence[str]) -> str:
    """What ``--output-format`` says, the last one where there are several."""
    found = ""
    for word, following in zip(words, (*words, "")[1:], strict=True):
        flag, given, value = word.partition("=")
        if flag == "--output-format":
            found = value if given else following
    return found


def _next(rest: Iterator[str], flag: str) -> str:
    value = next(rest, None)
    if value is None:
        raise UsageError(f"{flag} needs a value")
    return value


def _refuse(word: str, flag: str) -> None:
    names = [flag] if flag.startswith("--") else [_SHORT.get(x, x) for x in _cluster(word)]
    for name in names:
        if name in REFUSED:
            why, instead = REFUSED[name]
            raise UsageError(f"{name} cannot be used in a governed run: {why}", instead)


def _refuse_mode(mode: str) -> None:
    if mode not in _MODES:
        raise UsageError(
            f"--permission-mode {mode} cannot be used in a governed run: {_MODE}",
            f"leave it out, or use one of: {', '.join(sorted(_MODES))}",
        )


def _cluster(word: str) -> tuple[str, ...]:
    """The short flags in ``word``: ``-pc`` is ``-p`` and ``-c``; a flag with a value ends it."""
    if len(word) < 2 or word[0] != "-" or word[1] == "-":
        return ()
    found: list[str] = []
    for letter in word[1:]:
        if not letter.isalnum():
            break
        found.append(f"-{letter}")
        if letter in _SHORT_WITH_VALUE:
            break
    return tuple(found)
