"""Other coding agents: their command lines, and the packages that bring them or their kits.

What such a program does is decided by a model, so that its command line says nothing about it. Only
what prints a version or a help text is known. A folder, a file or a text of the same name is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.model.request import Effect, EffectKind
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.programs.spec import each
from remit.policy.wordlist import words

_COMMANDS = words(
    "claude codex gemini aider cursor-agent opencode amp copilot crush qwen droid auggie openhands "
    "plandex cody interpreter gptme"
)
_PACKAGES = {
    "@anthropic-ai/claude-code": "claude",
    "@anthropic-ai/claude-agent-sdk": "claude",
    "claude-agent-sdk": "claude",
    "claude-code-sdk": "claude",
    "@openai/codex": "codex",
    "@openai/codex-sdk": "codex",
    "@google/gemini-cli": "gemini",
    "@google/gemini-cli-core": "gemini",
    "aider-chat": "aider",
    "aider-install": "aider",
    "opencode-ai": "opencode",
    "@opencode-ai/sdk": "opencode",
    "@sourcegraph/amp": "amp",
    "@sourcegraph/cody": "cody",
    "@github/copilot": "copilot",
    "@charmland/crush": "crush",
    "@qwen-code/qwen-code": "qwen",
    "@augmentcode/auggie": "auggie",
    "openhands-ai": "openhands",
    "open-interpreter": "interpreter",
    "block-goose-cli": "goose",
}
_MODULES = {
    "aider": "aider",
    "claude_agent_sdk": "claude",
    "claude_code_sdk": "claude",
    "gptme": "gptme",
    "interpreter": "interpreter",
    "openhands": "openhands",
}
_GOOSE = words("run session configure recipe web mcp acp serve schedule project projects bench")
"""What the agent called goose is told; the tool that migrates databases has other words."""
_ASKED = words("--version -v -V --help -h")
_INSTALLED = re.compile(
    r"(?:/|~/|\$HOME/).*|(?:\./)?(?:.*/)?(?:node_modules/\.bin|\.?venv/bin|env/bin)/[^/]+"
)
_LATER = re.compile(r"(?:@|==|>=|<=|~=|!=|\[|<|>).*")
"""What follows the name of a package: its version, its extras."""
_WITHIN = re.compile(r"(?:^|/)(?:node_modules|site-packages|dist-packages)/((?:@[^/]+/)?[^/]+)")


def agent_of_package(written: str) -> str:
    """The agent that package ``written``, perhaps with a version, brings; ``""`` for none."""
    scope, slash, rest = written.partition("/") if written.startswith("@") else ("", "", written)
    name = f"{scope}{slash}{_LATER.sub('', rest)}".lower()
    return _PACKAGES.get(name, name if name in _COMMANDS else "")


def agent_of_module(module: str) -> str:
    """The agent that ``python -m module`` starts; ``""`` for none."""
    return _MODULES.get(module.partition(".")[0], "")


def agent_of_path(path: str) -> str:
    """The agent that the program or script at ``path`` belongs to; ``""`` for none. A script of
    the repository may be called like one."""
    if path.startswith("npm:"):
        return agent_of_package(path.removeprefix("npm:"))
    if package := _WITHIN.search(path):
        name = package[1].removesuffix(".py")
        if found := _PACKAGES.get(name) or _MODULES.get(name, ""):
            return found
    name = path.rsplit("/", 1)[-1].removesuffix(".exe").removesuffix(".cmd")
    return name if name in _COMMANDS | {"goose"} and _INSTALLED.fullmatch(path) else ""


def nested(inv: Invocation, agent: str) -> Effect:
    return inv.effect(EffectKind.AGENT, agent)


def started(agent: str) -> Handler:
    """Starts ``agent``, unless all it is asked for is its version or its help."""

    def handle(inv: Invocation) -> Iterator[Effect]:
        if inv.args and all(arg.sure and arg.text in _ASKED for arg in inv.args):
            yield inv.ran()
        else:
            yield nested(inv, agent)

    return handle


def _goose(inv: Invocation) -> Iterator[Effect]:
    given = [arg.text for arg in inv.args if not arg.text.startswith("-")]
    if inv.args and given[:1] and given[0] not in _GOOSE:
        yield inv.unknown(f"goose {given[0]}")
    else:
        yield from started("goose")(inv)


def _cursor(inv: Invocation) -> Iterator[Effect]:
    """The editor; its word ``agent`` starts the agent."""
    if [arg.text for arg in inv.args[:1]] == ["agent"]:
        yield nested(inv, "cursor-agent")
    else:
        yield inv.unknown()


PROGRAMS: dict[str, Handler] = {
    **{name: started(name) for name in sorted(_COMMANDS)},
    **each("goose", _goose),
    **each("cursor", _cursor),
}
