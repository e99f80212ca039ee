"""What a governed tool call costs, against its floors, in one run. See docs/explanation.

``--json`` prints ``http_ms``, ``http_floor_ratio``, ``command_floor_ratio``,
``governed_overhead``, ``start_end_s``, ``tree_ratio`` and ``start_ratio``, with the spread of each.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from remit.hook import __main__ as thin_client
from remit.model.json import JsonObject
from remit.testing.scripted_model import ScriptedModel, Turn, say, use
from timing import interleaved, median, process, report, spread

HERE = Path(__file__).parent
BARE = [sys.executable, "-I", "-S", "-c", "pass"]
CALLS = 20
PARALLEL = 8


# the HTTP hook


@contextmanager
def served(*arguments: str) -> Iterator[list[str]]:
    """A server in a process of its own: the words it printed."""
    argv = [sys.executable, str(HERE / "endpoint_server.py"), *arguments]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as made:
        assert made.stdout is not None
        yield made.stdout.readline().split()
        assert made.stdin is not None
        made.stdin.close()


def payload(event: str, number: str, root: str) -> bytes:
    value = {
        "session_id": "bench",
        "transcript_path": "/dev/null",
        "cwd": root,
        "permission_mode": "default",
        "hook_event_name": event,
        "tool_name": "Bash",
        "tool_input": {"command": "git status && ls stocklist", "description": "look"},
        "tool_use_id": f"toolu_{number}",
        "source": "startup",
    }
    return json.dumps(value).encode()


def request(body: bytes, port: str, token: str) -> bytes:
    head = (
        f"POST /hook HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Caller:
    """One keep-alive connection that asks the same kind of question again and again."""

    def __init__(self, words: list[str], name: str) -> None:
        self.words, self.name, self.count = words, name, 0
        self.connection = socket.create_connection(("127.0.0.1", int(words[0])))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, event: str = "PreToolUse") -> None:
        self.count += 1
        root = self.words[3] if len(self.words) > 3 else "/"
        body = payload(event, f"{self.name}{self.count}", root)
        self.connection.sendall(request(body, self.words[0], self.words[1]))
        answer = self.connection.recv(65536)
        if not answer.startswith(b"HTTP/1.1 200") or b'"deny"' in answer:
            raise SystemExit(f"the endpoint did not allow: {answer!r}")


def http(rounds: int) -> tuple[dict[str, object], dict[str, object]]:
    with served() as real, served("--floor") as bare:
        ours, floor = Caller(real, "a"), Caller(bare, "a")
        ours.ask("SessionStart")
        times, floors = interleaved([ours.ask, floor.ask], rounds)
        parallel = together(real, rounds // 4)
        parallel_floor = together(bare, rounds // 4)
    tail = sorted(times)[int(len(times) * 0.99)] / median(times)
    tail8 = sorted(parallel)[int(len(parallel) * 0.99)] / median(parallel)
    result: dict[str, object] = {
        "http_ms": round(median(times) * 1000, 3),
        "http_floor_ratio": round(median(times) / median(floors), 2),
    }
    details = {
        "http_s": spread(times),
        "http_floor_s": spread(floors),
        "http_p99_over_median": round(tail, 2),
        "http_parallel_s": spread(parallel),
        "http_parallel_floor_s": spread(parallel_floor),
        "http_parallel_floor_ratio": round(median(parallel) / median(parallel_floor), 2),
        "http_parallel_p99_over_median": round(tail8, 2),
    }
    return result, details


def together(words: list[str], rounds: int) -> list[float]:
    """Seconds of each request of :data:`PARALLEL` clients at once."""
    times: list[float] = []

    def work(number: int) -> None:
        caller = Caller(words, f"p{number}-")
        mine = []
        for _ in range(rounds):
            began = time.perf_counter()
            caller.ask()
            mine.append(time.perf_counter() - began)
        times.extend(mine)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(PARALLEL)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


# the command hook and the start of commands


def command(rounds: int) -> tuple[dict[str, object], dict[str, object]]:
    with served() as words:
        thin = [sys.executable, "-I", "-S", thin_client.__file__, words[2]]
        body = payload("SessionStart", "1", words[3])
        token = Path(words[2]).parent / "token"
        token.write_text(words[1])
        times, floors = interleaved(
            [lambda: process(thin, feed=body), lambda: process(BARE, feed=body)], rounds
        )
    ratio = round(median(times) / median(floors), 3)
    return {"command_floor_ratio": ratio}, {"command_s": spread(times), "bare_s": spread(floors)}


def start(rounds: int) -> tuple[dict[str, object], dict[str, object]]:
    remit = str(Path(sys.executable).parent / "remit")
    with tempfile.TemporaryDirectory() as place:
        env = {**os.environ, "REMIT_STATE": str(Path(place) / "state")}
        # installed commands start from bytecode, whatever the shell that measures says
        env["PYTHONPYCACHEPREFIX"] = str(Path(place) / "bytecode")
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        words = {"help": ["--help"], "runs": ["runs"], "explain": ["explain", "ls"]}
        acts = [lambda w=w: process([remit, *w], env) for w in words.values()]
        *times, floors = interleaved([*acts, lambda: process(BARE)], rounds)
    ratios = {name: median(t) / median(floors) for name, t in zip(words, times, strict=True)}
    return (
        {"start_ratio": round(max(ratios.values()), 2)},
        {f"start_{name}": round(ratio, 2) for name, ratio in ratios.items()},
    )


# a whole run


class TimedModel(ScriptedModel):
    """Remembers when each request arrived."""

    def __init__(self, turns: list[Turn]) -> None:
        super().__init__({"main": turns})
        self.times: list[float] = []

    def answer(self, body: JsonObject, headers: Mapping[str, str]) -> Turn:
        self.times.append(time.perf_counter())
        return super().answer(body, headers)


def whole(rounds: int, claude: str) -> tuple[dict[str, object], dict[str, object]]:
    """Pairs of a governed and an ungoverned run, and of the same client with hooks that answer at
    once: what the client itself spends on hooks is not ours to save, but it is there."""
    turns = [use("Bash", command=f"ls stocklist # {n}", description="d") for n in range(CALLS)]
    turns.append(say("done"))
    with tempfile.TemporaryDirectory() as folder, noop_hooks() as hooks:
        place = Path(folder)
        arms = whole_arms(place, claude, hooks)
        runs = [[run_once(argv, place, turns) for argv in arms] for _ in range(rounds + 1)][1:]
    governed, plain, noop = zip(*runs, strict=True)
    middle = [g[0] / p[0] - 1 for g, p in zip(governed, plain, strict=True)]
    client = [n[0] / p[0] - 1 for n, p in zip(noop, plain, strict=True)]
    ours = [g[0] / n[0] - 1 for g, n in zip(governed, noop, strict=True)]
    ends = [g[1] - p[1] for g, p in zip(governed, plain, strict=True)]
    return (
        {"governed_overhead": round(median(middle), 4), "start_end_s": round(median(ends), 3)},
        {
            "governed_overhead_pairs": spread(middle),
            "governed_over_noop_hooks": spread(ours),
            "noop_hooks_over_plain": spread(client),
            "governed_s": spread([g[0] for g in governed]),
            "plain_s": spread([p[0] for p in plain]),
            "start_end_pairs_s": spread(ends),
        },
    )


def whole_arms(place: Path, claude: str, hooks: str) -> list[list[str]]:
    """The three commands: governed, plain, and with hooks that do nothing."""
    from remit.adapters.agents.claude_code.rules import Rules
    from remit.adapters.agents.claude_code.settings import Hooks, build
    from remit.interfaces.demo.repository import CONTRACT, create

    root = place / "stocklist"
    root.mkdir()
    create(root)
    contract = CONTRACT.partition("[[evidence")[0] + '[evidence]\nnone = "a benchmark"\n'
    (place / "contract.toml").write_text(contract)
    settings = build(Hooks(hooks, "x" * 32, ("/bin/true",)), Rules((), ()))
    (place / "settings.json").write_bytes(settings)
    remit = str(Path(sys.executable).parent / "remit")
    return [
        [remit, "run", str(place / "contract.toml"), "--yes", "--", claude, "-p", "go"],
        [claude, "-p", "go", "--allowedTools", "Bash"],
        [claude, "-p", "go", "--settings", str(place / "settings.json"), "--setting-sources", ""],
    ]


@contextmanager
def noop_hooks() -> Iterator[str]:
    """The address of hooks that allow at once and do nothing."""
    with served("--allow") as words:
        yield f"http://127.0.0.1:{words[0]}/hook"


def run_once(argv: list[str], place: Path, turns: list[Turn]) -> tuple[float, float]:
    """(seconds from the first prompt to the last, seconds before and after that)."""
    home = place / "home"
    home.mkdir(exist_ok=True)
    with TimedModel(turns) as model:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "REMIT_STATE": str(place / "state"),
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "ANTHROPIC_BASE_URL": model.url,
            "ANTHROPIC_API_KEY": "dummy",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_TELEMETRY": "1",
        }
        began = time.perf_counter()
        done = subprocess.run(
            argv, cwd=place / "stocklist", env=env, stdin=subprocess.DEVNULL, capture_output=True
        )
        wall = time.perf_counter() - began
        if len(model.times) != CALLS + 1:
            raise SystemExit(f"{len(model.times)} prompts instead of {CALLS + 1}: {done.stderr!r}")
        middle = model.times[-1] - model.times[0]
    return middle, wall - middle


def tree() -> tuple[dict[str, object], dict[str, object]]:
    done = subprocess.run(
        [sys.executable, str(HERE / "tree.py"), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    return {"tree_ratio": found["tree_ratio"]}, {"tree": found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=400, help="requests of the HTTP hook")
    parser.add_argument("--pairs", type=int, default=15, help="pairs of whole runs")
    parser.add_argument("--claude", default=shutil.which("claude") or found_client())
    arguments = parser.parse_args()
    result: dict[str, object] = {}
    details: dict[str, object] = {}
    parts = [
        http(arguments.rounds),
        command(max(20, arguments.rounds // 10)),
        whole(arguments.pairs, arguments.claude),
        tree(),
        start(20),
    ]
    for numbers, spreads in parts:
        result |= numbers
        details |= spreads
    report(result, details, arguments.json)


def found_client() -> str:
    """The client the tests installed."""
    installed = sorted(HERE.parent.glob(".clients/*/node_modules/.bin/claude"))
    if not installed:
        raise SystemExit("no Claude Code: run the client tests once, or give --claude PATH")
    return str(installed[-1])


if __name__ == "__main__":
    main()
