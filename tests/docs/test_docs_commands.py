"""Every command the documentation shows is run, in order, in a repository made for its page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest

from console_blocks import Block, Shown, Step, at_terminal, blocks_of, unseen
from remit.interfaces.cli.main import remit
from remit.interfaces.demo.repository import create

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
BLOCKS = [block for page in PAGES for block in blocks_of(page, page.relative_to(ROOT).as_posix())]
SCENES = sorted({(block.page, block.scene) for block in BLOCKS if block.scene})

AGENT = re.compile(r"""-- claude -p ("[^"]*"|'[^']*')""")
"""What the documentation writes for the agent; a scripted one takes its place here. The real
client is driven in ``tests/clients``."""

REPAIR = (
    {"tool": "Read", "input": {"file_path": "stocklist/parser.py"}},
    {"tool": "Write", "input": {"file_path": "NOTES.md", "content": "names may hold commas\n"}},
    {
        "tool": "Edit",
        "input": {
            "file_path": "stocklist/parser.py",
            "old_string": 'line.split(",")',
            "new_string": 'line.rsplit(",", 1)',
        },
    },
    {"tool": "Bash", "input": {"command": "python3 -m unittest discover -s tests"}},
)
STRAY = ({"tool": "Bash", "input": {"command": "./tidy"}},)
"""A program the contract frees, which then writes where the contract does not reach."""


@dataclass
class Place:
    """A repository, a home and the environment of a person who works there."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.home / "stocklist"

    def run(self, step: Step) -> Shown:
        command = AGENT.sub(f"-- remit-scripted-agent {self.home}/plan.json", step.command)
        command = command.replace("make demo", "remit demo")
        if "CALL" in command:
            command = re.sub(r"\bCALL\b", self.held_call(), command)
        if "RUN" in command:
            command = re.sub(r"\bRUN\b", self.last_run(), command)
        return at_terminal(command, self.root, self.environ)

    def last_run(self) -> str:
        shown = subprocess.run(
            ["remit", "runs", "--json"],
            cwd=self.root,
            env=self.environ,
            capture_output=True,
            check=True,
        )
        return str(json.loads(shown.stdout)["runs"][0]["run"])

    def held_call(self) -> str:
        """The first held call of the last run."""
        words = ["remit", "explain", "--wrong", "last", "--json"]
        shown = subprocess.run(
            words, cwd=self.root, env=self.environ, capture_output=True, check=True
        )
        return str(json.loads(shown.stdout)["calls"][0]["call"])

    def do(self, *arguments: str) -> None:
        done = subprocess.run(
            arguments, cwd=self.root, env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode in (0, 1), done.stderr

    def plan(self, *steps: object) -> None:
        plan = {"steps": list(steps), "closing": "parse_line now splits at the last comma."}
        (self.home / "plan.json").write_text(json.dumps(plan))


def stock(place: Place) -> None:
    """A small parser with a failing test, committed; nothing of Remit yet."""
    place.root.mkdir(parents=True)
    create(place.root)
    (place.root / ".gitignore").write_text("__pycache__/\n")
    place.do("git", "add", ".gitignore")
    place.do("git", "commit", "-qm", "Ignore caches")
    place.plan(*REPAIR)


def keyed(place: Place) -> None:
    """The same, with an SSH key of the person's."""
    stock(place)
    key = place.home / ".ssh/id_ed25519"
    key.parent.mkdir(mode=0o700)
    place.do("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", str(key))


def ran(place: Place) -> None:
    """The same after one honest run."""
    stock(place)
    place.do("remit", "init", "--yes")
    place.do("git", "add", ".remit")
    place.do("git", "commit", "-qm", "Add a Remit policy")
    goal = "fix the failing parser test"
    place.do("remit", "run", "--yes", goal, "--", "remit-scripted-agent", f"{place.home}/plan.json")


def grown(place: Place) -> None:
    """After two runs, the second of which may edit more, and with another line in the settings."""
    stock(place)
    plan = f"{place.home}/plan.json"
    for edit in ('"stocklist/**"', '"stocklist/**", "docs/**"'):
        contract = place.home / "task.toml"
        contract.write_text(
            f'schema = 1\ngoal = "fix the failing parser test"\n[scope]\nedit = [{edit}]\n'
            '[[evidence.checks]]\nname = "tests"\nshows = "green"\n'
            'command = "python3 -m unittest discover -s tests"\n'
        )
        place.do("remit", "run", "--yes", str(contract), "--", "remit-scripted-agent", plan)
    settings = place.root / ".claude/settings.local.json"
    settings.parent.mkdir()
    settings.write_text('{"permissions": {"allow": ["Bash(git push *)"]}}')


def beside(place: Place) -> None:
    """After one honest run in a copy."""
    stock(place)
    goal, agent = "fix the failing parser test", ("remit-scripted-agent", f"{place.home}/plan.json")
    place.do("remit", "run", "--copy", "--yes", goal, "--", *agent)


def crossed(place: Place) -> None:
    """After a run in which a program wrote outside the scope."""
    stock(place)
    tidy = place.root / "tidy"
    tidy.write_text("#!/bin/sh\necho tidied >> README.md\necho extra > EXTRA.md\n")
    tidy.chmod(0o755)
    place.do("git", "add", "tidy")
    place.do("git", "commit", "-qm", "Add a tool")
    contract = place.home / "tidy.toml"
    contract.write_text(
        'schema = 1\ngoal = "fix the failing parser test"\n[scope]\nedit = ["stocklist/**"]\n'
        '[commands]\nfree = ["./tidy"]\n[[evidence.checks]]\nname = "tests"\n'
        'command = "python3 -m unittest discover -s tests"\nshows = "red-then-green"\n'
    )
    place.plan(*STRAY)
    plan = f"{place.home}/plan.json"
    place.do("remit", "run", "--yes", str(contract), "--", "remit-scripted-agent", plan)


def abandoned(place: Place) -> None:
    """After somebody killed the supervisor of a run while the agent was at work."""
    stock(place)
    place.plan(REPAIR[0], {"tool": "Bash", "input": {"command": "sleep 600"}})
    goal = "fix the failing parser test"
    words = ["remit", "run", "--yes", goal, "--", "remit-scripted-agent", f"{place.home}/plan.json"]
    with subprocess.Popen(
        words, cwd=place.root, env=place.environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as supervisor:
        assert supervisor.stdout is not None
        line = next((line for line in supervisor.stdout if line.startswith(b"did:")), b"")
        supervisor.kill()
    assert line, "the agent never came to its first call"


def sessions(place: Place) -> None:
    """After two sessions of Claude Code outside of Remit: one with a subagent, one in a loop."""
    place.root.mkdir(parents=True)
    folder = place.home / ".claude" / "projects" / "-home-ada-stocklist"
    (folder / "one" / "subagents").mkdir(parents=True)
    (folder / "one.jsonl").write_text(past_answer("one", {"type": "text", "text": "done"}))
    inside = past_answer("inside", {"type": "text", "text": "done"}).replace("false", "true")
    (folder / "one" / "subagents" / "agent-a1.jsonl").write_text(inside)
    lines = ""
    for number in range(6):
        asked = {"type": "tool_use", "id": f"toolu_{number}", "name": "Bash"}
        lines += past_answer(f"two-{number}", {**asked, "input": {"command": "make"}})
        block = {"tool_use_id": f"toolu_{number}", "type": "tool_result", "content": "up to date"}
        lines += json.dumps({"type": "user", "message": {"role": "user", "content": [block]}})
        lines += "\n"
    (folder / "two.jsonl").write_text(lines)


def recorded(place: Place) -> None:
    """After six sessions of Claude Code outside of Remit, with a contract that is only proposed."""
    place.root.mkdir(parents=True)
    (place.root / "proposed.toml").write_text(
        'goal = "keep the parser in repair"\n[scope]\nedit = ["stocklist/**", "docs/**"]\n'
        '[evidence]\nnone = "proposed"\n'
    )
    folder = place.home / ".claude" / "projects" / "-home-ada-stocklist"
    folder.mkdir(parents=True)
    for number in range(6):
        work = [
            ("Edit", {"file_path": "stocklist/parser.py", "old_string": "a", "new_string": "b"}),
            ("Bash", {"command": "./tidy stocklist"}),
            ("Write", {"file_path": f"tests/test_{number % 2}.py", "content": "x"}),
            *[("Bash", {"command": "ls build"})] * (8 if number == 3 else 1),
        ]
        lines = [past_call(f"{number}-{at}", tool, given) for at, (tool, given) in enumerate(work)]
        (folder / f"session-{number}.jsonl").write_text("".join(lines))


def rules(place: Place) -> None:
    """A repository with permission rules of Claude Code, of dcg and of cc-safety-net."""
    stock(place)
    (place.root / ".dcg.toml").write_text(
        'packs.enabled = ["kubernetes"]\n[[overrides.block]]\n'
        "pattern = '\\bmake\\s+deploy\\b'\nreason = 'by hand'\n"
    )
    (place.root / ".safety-net.json").write_text(
        '{\n  "version": 1,\n  "rules": [{"name": "no-global", "command": "npm", '
        '"subcommand": "install", "block_args": ["-g", "--global"], "reason": "local"}]\n}\n'
    )
    (place.root / ".claude").mkdir()
    (place.root / ".claude" / "settings.json").write_text(
        '{\n  "permissions": {\n'
        '    "allow": ["Bash(npm run build)", "Bash(npm run test:*)"],\n'
        '    "ask": ["Bash(npm install *)"],\n'
        '    "deny": ["Bash(git push:*)", "Read(./private/**)", "Agent(Explore)"]\n'
        '  },\n  "model": "opus"\n}\n'
    )


def past_call(name: str, tool: str, given: dict[str, str]) -> str:
    """A call and its result, which went well."""
    asked = {"type": "tool_use", "id": f"toolu_{name}", "name": tool, "input": given}
    block = {"tool_use_id": f"toolu_{name}", "type": "tool_result", "content": "done"}
    answered = {"type": "user", "message": {"role": "user", "content": [block]}}
    return past_answer(name, asked) + json.dumps(answered) + "\n"


def past_answer(name: str, block: dict[str, object]) -> str:
    usage = {"input_tokens": 100, "output_tokens": 60, "cache_read_input_tokens": 4_000}
    message = {"id": f"msg_{name}", "model": "claude-sonnet-4-5", "content": [block]}
    record = {
        "isSidechain": False,
        "message": {**message, "role": "assistant", "usage": usage},
        "requestId": "req_1",
        "type": "assistant",
        "timestamp": "2026-11-02T10:00:00.000Z",
        "cwd": "/home/ada/stocklist",
        "sessionId": "one",
    }
    return json.dumps(record) + "\n"


PREPARED: dict[str, Callable[[Place], None]] = {
    "stock": stock,
    "ran": ran,
    "beside": beside,
    "crossed": crossed,
    "keyed": keyed,
    "abandoned": abandoned,
    "grown": grown,
    "sessions": sessions,
    "recorded": recorded,
    "rules": rules,
}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    home = tmp_path / "home"
    tools = tmp_path / "tools"
    home.mkdir()
    tools.mkdir()
    browser = tools / "xdg-open"
    browser.write_text("#!/bin/sh\nexit 0\n")
    browser.chmod(0o755)
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n"
    )
    environ = {
        "PATH": f"{Path(sys.executable).parent}:{tools}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "REMIT_STATE": os.environ["REMIT_STATE"],
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "COLUMNS": "120",
        "PAGER": "cat",
        "GIT_PAGER": "cat",
    }
    return Place(home, environ)


@pytest.mark.parametrize(("page", "scene"), SCENES, ids=lambda value: value.replace("/", "."))
def test_the_commands_of_a_page_do_what_it_says(page: str, scene: str, place: Place) -> None:
    PREPARED[scene](place)
    for block in BLOCKS:
        if (block.page, block.scene) == (page, scene):
            follow(block, place)


JOB = re.compile(r"^ +- run: (.*)$", re.MULTILINE)
INSTALLS = "pipx install"
"""The only step that is not run here: it fetches from the network."""


def test_the_job_of_the_ci_page_runs_and_passes(place: Place) -> None:
    """On a runner: no terminal, nothing accepted, a detached head, the base as a remote branch."""
    page = (ROOT / "docs/howto/gate-in-ci.md").read_text(encoding="utf-8")
    (job,) = re.findall(r"```yaml\n(jobs:\n.*?)```", page, re.DOTALL)
    steps = [step for step in JOB.findall(job) if not step.startswith(INSTALLS)]
    assert len(steps) == 2
    stock(place)
    place.do("remit", "init", "--yes")
    (place.root / ".remit/contracts").mkdir()
    place.do("remit", "new", "fix the failing parser test", "-o", ".remit/contracts/fix.toml")
    place.do("git", "add", ".remit")
    place.do("git", "commit", "-qm", "Add a policy and a contract")
    place.do("git", "update-ref", "refs/remotes/origin/main", "HEAD")
    place.do("git", "checkout", "-q", "--detach")
    summary = place.home / "summary.md"
    place.environ |= {"CI": "true", "GITHUB_ACTIONS": "true", "GOAL": "Fix the parser"}
    place.environ |= {"GITHUB_STEP_SUMMARY": str(summary), "REMIT_STATE": f"{place.home}/fresh"}
    for step in steps:
        command = AGENT.sub(f"-- remit-scripted-agent {place.home}/plan.json", step)
        done = subprocess.run(
            ["/bin/bash", "-e", "-c", command],
            cwd=place.root,
            env=place.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"$ {step}\n{done.stdout}{done.stderr}"
    assert summary.read_text(encoding="utf-8").startswith("## ✅ Remit: Pass")


def follow(block: Block, place: Place) -> None:
    for number, step in enumerate(block.steps, 1):
        shown = place.run(step)
        told = f"{block.page}:{block.line} $ {step.command}\n{shown.text}"
        wanted = block.exits if number == len(block.steps) else 0
        assert shown.code == wanted, f"exit {shown.code}, not {wanted}: {told}"
        assert not (missing := unseen(step.seen, shown.text)), f"not seen: {missing!r}\n{told}"


def test_every_block_is_run_or_says_why_not() -> None:
    unmarked = [
        f"{block.page}:{block.line}"
        for block in BLOCKS
        if not block.scene and not re.fullmatch(r"not run: .{10,}", block.mark)
    ]
    assert unmarked == []
    assert {block.scene for block in BLOCKS if block.scene} <= set(PREPARED)


def test_make_targets_that_are_shown_exist() -> None:
    """``make demo`` is run as the command its recipe names."""
    makefile = (ROOT / "Makefile").read_text()
    shown = {
        step.command.split()[1]
        for block in BLOCKS
        for step in block.steps
        if step.command.startswith("make ")
    }
    assert {name for name in shown if not re.search(rf"^{name}:", makefile, re.MULTILINE)} == set()
    assert re.search(r"^demo:.*\n\t@?\S*remit demo$", makefile, re.MULTILINE)


def test_commands_named_in_passing_exist() -> None:
    """``remit something`` in the text or a table is a command there is."""
    context = click.Context(remit, info_name="remit")
    named = {
        (page.name, words)
        for page in PAGES
        for words in re.findall(r"`remit ([a-z]+(?: [a-z]+)?)", page.read_text())
    }
    assert len(named) > 20
    assert {item for item in named if not is_command(context, item[1].split())} == set()


def is_command(context: click.Context, words: list[str]) -> bool:
    command = remit.get_command(context, words[0])
    if isinstance(command, click.Group) and len(words) > 1:
        return command.get_command(context, words[1]) is not None
    return command is not None
