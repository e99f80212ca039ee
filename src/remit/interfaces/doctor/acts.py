"""What is played, in three acts: unconfined, confined, and with an endpoint that dies."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from remit.adapters.agents.claude_code.normalize import normalize
from remit.adapters.agents.claude_code.respond import nothing
from remit.adapters.agents.files import write_private
from remit.adapters.agents.protocol import LaunchRequest, StartTree
from remit.adapters.agents.registry import adapter_for
from remit.interfaces.doctor.bait import Bait
from remit.interfaces.doctor.stage import KEY, PROMPT, SECONDS, Acted, Player, Stage
from remit.model.contract import Contract, Evidence, Scope
from remit.model.signals import CallRequested
from remit.system.confine.syscalls import KEYCTL
from remit.testing.hook_server import HookServer
from remit.testing.scripted_model import Say, ScriptedModel, Turn, say, use

Asked = tuple[str, str, str]
"""A name, a kind of :mod:`remit.interfaces.doctor.routes`, and its argument."""
BY_TOOL, BY_SHELL, BY_PROGRAM = "outside/by-tool", "outside/by-shell", "outside/by-program"
INSIDE, DEAD = "inside/made", "inside/unanswered"
_DONE = say("Every way was tried.")
_ENDLESS = Turn((Say("and so on and on " * 10_000),), pace_s=0.0)
"""More than the budget of an act covers, word by word."""


@dataclass(frozen=True, slots=True)
class Unconfined:
    """Act one, without the kernel, so that what holds is the hook, and then the comparison."""

    stage: Stage
    acted: Acted

    def there(self, name: str) -> bool:
        return (self.stage.root / name).exists()


def play_unconfined(place: Path, player: Player) -> Unconfined:
    stage = Stage(place, player)
    stage.make([("program", "write", str(stage.root / BY_PROGRAM))])
    turns = (
        use("Write", file_path=str(stage.root / INSIDE), content="in scope\n"),
        use("Write", file_path=str(stage.root / BY_TOOL), content="out of scope\n"),
        use("Bash", command=f"echo out > {BY_SHELL}"),
        use("Bash", command=stage.command),
        _DONE,
    )
    return Unconfined(stage, stage.act(turns, "none"))


@dataclass(frozen=True, slots=True)
class Confined:
    """Act two, held as a run of this machine is held. ``seen`` is what the program met."""

    stage: Stage
    acted: Acted
    seen: dict[str, str]
    was_ended: bool

    def was_changed(self, name: str) -> bool:
        """Whether the file ``name`` of the place is another one now, for us outside."""
        return (self.stage.place / name).read_bytes() != self.stage.before[name]


def play_confined(
    place: Path, player: Player, confine: str, bait: Bait, sockets: Sequence[str]
) -> Confined:
    stage = Stage(place, player)
    stage.make((*_routes(stage, bait), *((path, "unix", path) for path in sockets)))
    acted = stage.act((use("Bash", command=stage.command), _ENDLESS), confine)
    return Confined(stage, acted, stage.seen(), bait.was_ended)


def _routes(stage: Stage, bait: Bait) -> tuple[Asked, ...]:
    root, home, state = stage.root, stage.home, stage.state
    return (
        ("tree", "write", str(root / "outside/file")),
        ("home", "write", str(home / ".profile")),
        ("git", "write", str(root / ".git/config")),
        ("mode", "mode", str(root / "README.md")),
        ("key", "read", str(home / ".ssh/id_probe")),
        ("dotenv", "read", str(root / ".env")),
        ("ledger", "read", str(state / "ledger.sqlite3")),
        ("process", "end", str(bait.process.pid)),
        ("socket", "unix", bait.path),
        ("late", "late", bait.late),
        ("within", "late", bait.within),
        ("abstract", "unix", bait.name),
        ("tcp", "tcp", str(bait.tcp)),
        ("udp", "udp", str(bait.udp)),
        ("keyring", "keyring", str(KEYCTL)),
        ("variable", "variable", f"ANTHROPIC_API_KEY={KEY}" if stage.player.client else "?=?"),
        ("login", "read", str(home / ".claude/.credentials.json")),
        ("setuid", "gain", ""),
        ("inside", "write", str(root / "inside/file")),
        ("readme", "read", str(root / "README.md")),
        ("temporary", "temporary", ""),
        ("program", "program", ""),
        ("loopback", "loopback", ""),
    )


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Act three: ``asked`` says whether the client asked before the endpoint died."""

    asked: bool
    wrote: bool
    trouble: str = ""


def play_unanswered(place: Path, player: Player) -> Unanswered:
    """The client wants to write in scope, and what it asks breaks off without an answer."""
    stage = Stage(place, player)
    stage.make(())
    run_dir = place / "run"
    run_dir.mkdir(mode=0o700)
    turns = (use("Write", file_path=str(stage.root / DEAD), content="unanswered\n"), _DONE)
    trouble = ""
    with (
        ScriptedModel({"main": turns}) as model,
        HookServer(_die_when_asked, uuid.uuid4().hex, run_dir / "hook") as hooks,
    ):
        try:
            _launch(stage, hooks, model, turns)
        except subprocess.TimeoutExpired:
            trouble = f"the client had no end within {SECONDS:.0f} s"
        asked = bool(hooks.named("PreToolUse"))
    return Unanswered(asked, (stage.root / DEAD).exists(), trouble)


def _die_when_asked(body: bytes) -> bytes:
    """Nothing against the prompt; a question about a call meets a dead end."""
    if isinstance(normalize(body), CallRequested):
        raise ConnectionError("the endpoint is gone")
    return nothing()


def _launch(stage: Stage, hooks: HookServer, model: ScriptedModel, turns: Sequence[Turn]) -> None:
    argv = stage.agent(turns)
    adapter = adapter_for(argv)
    launch = adapter.prepare(
        LaunchRequest(
            argv=argv,
            environ=stage.environ(model.url),
            root=str(stage.root),
            run_dir=str(hooks.socket.parent),
            scratch=str(hooks.socket.parent),
            socket=str(hooks.socket),
            url=hooks.url,
            token=hooks.token,
            proxy="http://127.0.0.1:9",
            model_url=model.url,
            model_key=KEY,
            session=str(uuid.uuid4()),
            contract=Contract(PROMPT, Scope(edit=("inside/**",)), Evidence(none="a probe")),
            contract_text=PROMPT,
            tree=StartTree(lambda path: None, lambda folder: ()),
        )
    )
    write_private(launch.files)
    with subprocess.Popen(
        launch.argv,
        env=dict(launch.env),
        cwd=stage.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as client:
        try:
            client.wait(SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):  # it left nothing behind
                os.killpg(client.pid, signal.SIGKILL)
