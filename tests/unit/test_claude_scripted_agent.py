"""The scripted agent really works through the hooks, and does nothing it was not allowed."""

from __future__ import annotations

import json
import subprocess
import uuid
from pathlib import Path

import pytest

from remit.adapters.agents.claude_code import respond
from remit.adapters.agents.claude_code.normalize import normalize
from remit.adapters.agents.protocol import LaunchRequest, StartTree
from remit.adapters.agents.registry import adapter_for
from remit.adapters.agents.scripted import read_plan
from remit.errors import UsageError
from remit.model import signals as s
from remit.model.contract import Contract, Evidence, Scope
from remit.testing.hook_server import Answerer, HookServer

TOKEN = "t" * 32
PLAN = {
    "steps": [
        {"tool": "Write", "input": {"file_path": "a.txt", "content": "one\n"}},
        [
            {"tool": "Bash", "input": {"command": "echo two > b.txt"}},
            {
                "tool": "Edit",
                "input": {"file_path": "a.txt", "old_string": "one", "new_string": "1"},
            },
        ],
        {"tool": "Bash", "input": {"command": "exit 3"}},
    ],
    "closing": "All done.",
}


def allowing(body: bytes) -> bytes:
    wanted = isinstance(normalize(body), s.CallRequested)
    return respond.allow("in") if wanted else respond.nothing()


def go(tmp_path: Path, answer: Answerer) -> tuple[subprocess.CompletedProcess[str], HookServer]:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    with HookServer(answer, TOKEN, tmp_path / "hook") as server:
        argv = ("remit-scripted-agent", str(tmp_path / "plan.json"), "do it")
        request = LaunchRequest(
            argv,
            {"PATH": "/usr/bin:/bin", "SECRET_TOKEN": "x"},
            str(tree),
            str(tmp_path / "run"),
            str(tmp_path / "scratch"),
            str(tmp_path / "hook"),
            server.url,
            TOKEN,
            str(uuid.uuid4()),
            Contract("g", Scope(), Evidence(none="n")),
            "contract",
            StartTree(lambda path: None, lambda folder: ()),
            *[""] * 3,
        )
        launch = adapter_for(argv).prepare(request)
        assert "SECRET_TOKEN" not in launch.env
        done = subprocess.run(
            launch.argv, env=dict(launch.env), cwd=tree, capture_output=True, text=True, timeout=60
        )
    return done, server


def test_allowed_steps_are_really_done_and_reported(tmp_path: Path) -> None:
    done, server = go(tmp_path, allowing)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "tree" / "a.txt").read_text() == "1\n"
    assert (tmp_path / "tree" / "b.txt").read_text() == "two\n"
    signals = [normalize(json.dumps(payload).encode()) for payload in server.payloads]
    assert not any(isinstance(signal, s.Unknown) for signal in signals)
    names = [payload["hook_event_name"] for payload in server.payloads]
    assert names[:2] == ["SessionStart", "UserPromptSubmit"]
    assert names[-2:] == ["Stop", "SessionEnd"]
    assert names.count("PostToolBatch") == 3
    assert names.count("PostToolUseFailure") == 1
    assert "All done." in done.stdout


@pytest.mark.parametrize("answer", [respond.deny("no"), respond.nothing(), b'{"continue":true}'])
def test_without_a_clear_allow_nothing_is_done(tmp_path: Path, answer: bytes) -> None:
    done, server = go(
        tmp_path,
        lambda body: answer if isinstance(normalize(body), s.CallRequested) else b"{}",
    )
    assert done.returncode == 0
    assert list((tmp_path / "tree").iterdir()) == []
    assert len(server.named("PreToolUse")) == 4


def test_an_end_ends_it(tmp_path: Path) -> None:
    done, server = go(
        tmp_path,
        lambda b: respond.stop("over") if isinstance(normalize(b), s.CallRequested) else b"{}",
    )
    assert done.returncode == 3
    assert len(server.named("PreToolUse")) == 1
    assert server.payloads[-1]["hook_event_name"] == "SessionEnd"


def test_a_blocked_prompt_ends_it_before_the_first_call(tmp_path: Path) -> None:
    done, server = go(
        tmp_path,
        lambda b: respond.block_prompt("no") if isinstance(normalize(b), s.PromptGiven) else b"{}",
    )
    assert done.returncode == 3
    assert server.named("PreToolUse") == ()


@pytest.mark.parametrize("answer", [b"", b"garbage", b"[]"])
def test_an_endpoint_that_talks_nonsense_ends_it(tmp_path: Path, answer: bytes) -> None:
    done, _ = go(tmp_path, lambda body: answer)
    assert done.returncode == 3
    assert list((tmp_path / "tree").iterdir()) == []


def test_without_a_plan_it_is_refused() -> None:
    adapter = adapter_for(["remit-scripted-agent"])
    with pytest.raises(UsageError):
        adapter.prepare(
            LaunchRequest(
                ("remit-scripted-agent",),
                {},
                *[""] * 7,
                Contract("g", Scope(), Evidence(none="n")),
                "",
                StartTree(lambda path: None, lambda folder: ()),
                *[""] * 3,
            )
        )


@pytest.mark.parametrize("text", ["[]", "{}", '{"steps": 1}', "x"])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_plan(text)
