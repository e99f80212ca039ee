"""Launching the real client as Remit does, for tests: one repository, one home, one run folder."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from remit.adapters.agents.claude_code.launch import prepare
from remit.adapters.agents.claude_code.normalize import normalize
from remit.adapters.agents.claude_code.respond import allow, deny, nothing
from remit.adapters.agents.files import write_private
from remit.adapters.agents.protocol import Launch, LaunchRequest, StartTree
from remit.model.contract import Check, Contract, Evidence, McpServer, Scope
from remit.model.signals import CallRequested, Signal
from remit.testing.hook_server import HookServer
from remit.testing.scripted_model import ModelRequest, ScriptedModel, Turn

RUN_SECONDS = 60
STREAM = ("--output-format", "stream-json", "--verbose")
CONTRACT_MARK = "CONTRACT-MARK: fix the parser, edit src/ only"
Decide = Callable[[Signal], bytes]


def allow_all(signal: Signal) -> bytes:
    return allow("inside the contract") if isinstance(signal, CallRequested) else nothing()


def deny_when(unwanted: Callable[[CallRequested], bool], reason: str = "out of scope") -> Decide:
    """Allows every call but those ``unwanted``."""

    def decide(signal: Signal) -> bytes:
        if isinstance(signal, CallRequested) and unwanted(signal):
            return deny(reason)
        return allow_all(signal)

    return decide


@dataclass
class Ran:
    """A finished run of the client."""

    launch: Launch
    exit_code: int
    events: list[dict[str, object]]
    stderr: str
    requests: tuple[ModelRequest, ...]
    hooks: HookServer

    @property
    def result(self) -> Mapping[str, object]:
        """The last ``result`` record of the stream."""
        return [event for event in self.events if event.get("type") == "result"][-1]

    def tool_results(self) -> list[str]:
        """Every tool result the model was given in the main conversation, as text."""
        last = [request for request in self.requests if request.script == "main"][-1]
        blocks = [
            block
            for message in last.body["messages"]
            if message["role"] == "user" and isinstance(message["content"], list)
            for block in message["content"]
        ]
        return [json.dumps(b["content"]) for b in blocks if b.get("type") == "tool_result"]


@dataclass
class Ground:
    """A repository, a home and a run folder to launch the client in."""

    claude: Path
    tmp: Path
    make_env: Callable[..., dict[str, str]]
    contract: Contract = field(
        default_factory=lambda: Contract(
            "fix the parser", Scope(edit=("src/**",)), Evidence((Check("t", "true"),))
        )
    )

    @property
    def root(self) -> Path:
        return self.tmp / "tree"

    @property
    def home(self) -> Path:
        return self.tmp / "home"

    @property
    def run_dir(self) -> Path:
        return self.tmp / "run"

    def commit(self, files: Mapping[str, str]) -> None:
        """Make the repository with ``files`` as its start commit."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        git = ["git", "-C", str(self.root), "-c", "user.name=T", "-c", "user.email=t@example.org"]
        for words in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-q", "-m", "start"]):
            subprocess.run([*git, *words], check=True, capture_output=True)

    def user_file(self, name: str, text: str) -> None:
        path = self.home / ".claude" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def tree(self) -> StartTree:
        """The start commit, through plain git."""

        def git(*words: str) -> subprocess.CompletedProcess[bytes]:
            return subprocess.run(["git", "-C", str(self.root), *words], capture_output=True)

        def read(path: str) -> bytes | None:
            shown = git("show", f"HEAD:{path}")
            is_file = git("cat-file", "-t", f"HEAD:{path}").stdout.strip() == b"blob"
            return shown.stdout if is_file else None

        def names(folder: str) -> tuple[str, ...]:
            listed = git("ls-tree", "-r", "-z", "--name-only", "HEAD", "--", folder or ".")
            return tuple(name for name in listed.stdout.decode().split("\0") if name)

        return StartTree(read, names)

    @contextmanager
    def hooks(self, decide: Decide) -> Iterator[HookServer]:
        self.run_dir.mkdir(mode=0o700, exist_ok=True)
        token = "tok-" + uuid.uuid4().hex
        with HookServer(lambda body: decide(normalize(body)), token, self.run_dir / "hook") as made:
            yield made

    def plan(self, hooks: HookServer, model: ScriptedModel, words: Sequence[str], **env: str):
        return prepare(
            LaunchRequest(
                argv=(str(self.claude), *words),
                environ=self.make_env(model.url, **env),
                root=str(self.root),
                run_dir=str(self.run_dir),
                scratch=str(self.run_dir),
                socket=str(hooks.socket),
                url=hooks.url,
                token=hooks.token,
                session=str(uuid.uuid4()),
                contract=self.contract,
                contract_text=CONTRACT_MARK,
                tree=self.tree(),
                proxy="http://127.0.0.1:9",
                model_url=model.url,
                model_key="sk-remit-test",
            )
        )

    def go(
        self,
        scripts: Mapping[str, Sequence[Turn]],
        *words: str,
        decide: Decide = allow_all,
        env: Mapping[str, str] | None = None,
    ) -> Ran:
        """Launch as Remit does and wait for the end."""
        with ScriptedModel(scripts) as model, self.hooks(decide) as hooks:
            launch = self.plan(hooks, model, ["-p", *(words or ("do it",)), *STREAM], **(env or {}))
            write_private(launch.files)
            done = subprocess.run(
                launch.argv,
                env=dict(launch.env),
                cwd=self.root,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=RUN_SECONDS,
            )
            events = [json.loads(x) for x in done.stdout.splitlines() if x.startswith("{")]
            return Ran(launch, done.returncode, events, done.stderr, model.requests, hooks)

    def with_mcp(self, *servers: McpServer) -> None:
        scope, evidence = self.contract.scope, self.contract.evidence
        self.contract = Contract(self.contract.goal, scope, evidence, mcp=servers)
