"""How Claude Code is started under a contract: argv, environment and files we own."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from remit.adapters.agents.claude_code import settings
from remit.adapters.agents.claude_code.arguments import Arguments, read_arguments
from remit.adapters.agents.claude_code.carry import Setup, carry
from remit.adapters.agents.claude_code.config_place import config_place, steering
from remit.adapters.agents.claude_code.environment import build_environment
from remit.adapters.agents.claude_code.mcp import mcp_config, mcp_variables
from remit.adapters.agents.claude_code.model_route import lead_outward
from remit.adapters.agents.claude_code.places import project_place, user_place
from remit.adapters.agents.claude_code.plugin import with_scopes
from remit.adapters.agents.claude_code.resumption import flags_of
from remit.adapters.agents.claude_code.telemetry import tell_us
from remit.adapters.agents.claude_code.version import Client, find_client
from remit.adapters.agents.protocol import Launch, LaunchRequest, PrivateFile
from remit.errors import RemitError, UsageError
from remit.system.files import is_plain
from remit.system.git_place import read_plain

CLIENT = "claude-code"
MAX_APPENDED = 256 * 1024
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SUBCOMMANDS = frozenset(
    """
    agents attach auth auto-mode doctor gateway import install logs mcp plugin plugins purge
    respawn rm setup-token stop kill ultrareview update upgrade config migrate-installer daemon
    """.split()  # noqa: SIM905 - a list of words reads better than forty quotes
)


def recognises(argv: tuple[str, ...]) -> bool:
    return bool(argv) and PurePosixPath(argv[0]).name in ("claude", "claude.exe")


def examine(argv: tuple[str, ...], environ: Mapping[str, str]) -> tuple[Arguments, Client]:
    """The words and the client of a launch; nothing is started but ``claude --version``.

    Raises UsageError for a flag that would undo the governance, and RemitError where the
    client is missing or too old.
    """
    arguments = read_arguments(argv[1:])
    _require_headless(arguments)
    return arguments, find_client(argv[0], environ)


def can_resume(argv: tuple[str, ...]) -> bool:
    """Whether the words can be told apart from the prompt, which a session gets once."""
    return flags_of(read_arguments(argv[1:])) is not None


def prepare(request: LaunchRequest) -> Launch:
    """Plan the launch; nothing is written.

    Raises as :func:`examine`, and RemitError where the user's own settings cannot be read.
    """
    arguments, client = examine(request.argv, request.environ)
    _require_session(request.session)
    setup = _setup(request)
    files = _Files(request, setup, arguments)
    servers = request.contract.mcp
    named = (*request.contract.environment, *mcp_variables(servers, request.environ))
    outward = lead_outward(request.environ, request.model_url, request.model_key, setup.key_helper)
    environment = build_environment(outward.environ, named, request.proxy)
    home = request.environ.get("HOME") or str(Path("~").expanduser())
    telling = tell_us(request, setup.telemetry, environment.variables)
    own = config_place(telling.variables, home, request.scratch, setup.key_helper)
    return Launch(
        CLIENT,
        client.version,
        _argv(client, request, setup, arguments, files),
        own.variables,
        files.settings,
        (*files.all, *own.files),
        setup.items,
        (*setup.left_out, *environment.left_out),
        (*_notes(setup), *outward.notes, *telling.notes),
        replace(own.places, steering=steering(request.environ, home, request.root)),
        outward.route,
        tells_prompts=True,
        sessions=f"{own.variables.get('CLAUDE_CONFIG_DIR') or f'{home}/.claude'}/projects",
        prints_result=arguments.prints_result,
    )


def hook_command(socket: str) -> tuple[str, ...]:
    """The argv of the thin client: the real interpreter, because a shim costs ten times as much."""
    script = Path(__file__).resolve().parents[3] / "hook" / "__main__.py"
    return (os.path.realpath(sys.executable), "-I", "-S", str(script), socket)


def _require_headless(arguments: Arguments) -> None:
    if not arguments.headless:
        raise UsageError(
            "only headless runs can be governed so far", "add -p: claude -p 'what to do'"
        )
    first = next((word for word in arguments.passed if not word.startswith("-")), "")
    if first in _SUBCOMMANDS and arguments.passed[0] == first:
        raise UsageError(f"claude {first} is not a run of the agent", "use claude -p 'what to do'")


def _require_session(session: str) -> None:
    if not _UUID.fullmatch(session):
        raise RemitError("the session id is not a UUID")


def _setup(request: LaunchRequest) -> Setup:
    home = request.environ.get("HOME") or str(Path("~").expanduser())
    folder = request.environ.get("CLAUDE_CONFIG_DIR") or f"{home}/.claude"
    return carry(user_place(folder), project_place(request.tree, request.root), request.run_dir)


class _Files:
    """The files of a launch and where they lie."""

    def __init__(self, request: LaunchRequest, setup: Setup, arguments: Arguments) -> None:
        run = request.run_dir
        self.settings_path = f"{run}/settings.json"
        self.mcp_path = f"{run}/mcp.json"
        self.prompt_path = f"{run}/prompt.md"
        self.subagent_path = f"{run}/subagent-prompt.md"
        hooks = settings.Hooks(
            request.url, request.token, hook_command(request.socket), request.wait_s
        )
        self.settings = settings.build(hooks, setup.rules, setup.key_helper)
        token_path = str(PurePosixPath(request.socket).parent / "token")
        prompt = _prompt(request, setup, arguments.appended)
        subagent = _prompt(request, setup, arguments.subagent_appended)
        self.all = (
            PrivateFile(self.settings_path, self.settings),
            PrivateFile(self.mcp_path, mcp_config(request.contract.mcp, request.environ)),
            PrivateFile(self.prompt_path, prompt),
            PrivateFile(self.subagent_path, subagent),
            PrivateFile(token_path, request.token.encode()),
            *(file for plugin in setup.plugins for file in plugin.files),
        )


def _prompt(request: LaunchRequest, setup: Setup, appended: tuple[tuple[str, str], ...]) -> bytes:
    """The contract first, then what made the agent good, then the user's own words."""
    read = _read_again if request.resumption else _read_appended
    own = [value if kind == "text" else read(value) for kind, value in appended]
    parts = [request.contract_text.strip(), setup.memory, *own]
    return "\n\n".join(part for part in parts if part).encode("utf-8", "replace") + b"\n"


def _read_again(path: str) -> str:
    """At a resume the agent has been here: what lies at ``path`` may be a link of its own to what
    it cannot read, or a pipe."""
    place = Path(os.path.normpath(Path.cwd() / path))
    content = read_plain(place, MAX_APPENDED + 1) if is_plain(place) else None
    if content is None or len(content) > MAX_APPENDED:
        raise RemitError(
            f"{path} is not the plain file it has to be when a run goes on",
            "put the file back, or end the run: remit kill",
        )
    return content.decode("utf-8", "replace")


def _read_appended(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_APPENDED + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > MAX_APPENDED:
        raise UsageError(f"{path} is over {MAX_APPENDED // 1024} KiB", "shorten it")
    return content.decode("utf-8", "replace")


def _argv(
    client: Client, request: LaunchRequest, setup: Setup, arguments: Arguments, files: _Files
) -> tuple[str, ...]:
    """Ours first and each in ``--flag=value`` form: a flag that takes several values would
    swallow the user's prompt."""
    ours = [
        f"--settings={files.settings_path}",
        "--setting-sources=",
        "--strict-mcp-config",
        f"--mcp-config={files.mcp_path}",
        f"--resume={request.session}" if request.resumption else f"--session-id={request.session}",
        f"--append-system-prompt-file={files.prompt_path}",
        f"--append-subagent-system-prompt-file={files.subagent_path}",
        *(f"--plugin-dir={plugin.folder}" for plugin in setup.plugins if plugin.folder),
    ]
    if setup.model and not arguments.has_model:
        ours.append(f"--model={setup.model}")
    if request.resumption:
        return (client.path, *ours, *_going_on(arguments, request.resumption.prompt))
    return (client.path, *ours, *with_scopes(arguments.passed, _commands(setup)))


def _going_on(arguments: Arguments, prompt: str) -> tuple[str, ...]:
    flags = flags_of(arguments)
    if flags is None:
        raise RemitError("this command line of the agent cannot be resumed", "start a new run")
    return (*flags, "--", prompt) if prompt else flags


def _commands(setup: Setup) -> dict[str, str]:
    """Plain command name -> the plugin that carries it; the project's own wins."""
    found: dict[str, str] = {}
    for plugin in setup.plugins:
        scope = PurePosixPath(plugin.folder or "").name
        found |= {name: scope for name in plugin.commands if name not in found}
    return found


def _notes(setup: Setup) -> tuple[str, ...]:
    names = [
        f"{PurePosixPath(plugin.folder or '').name}:{name}"
        for plugin in setup.plugins
        for name in (*plugin.agents, *plugin.commands)
    ]
    if not names:
        return ()
    shown = ", ".join(names[:6]) + (" …" if names[6:] else "")
    return (f"carried agents and commands go by their full name in this run: {shown}",)
