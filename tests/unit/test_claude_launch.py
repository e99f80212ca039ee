"""The launch: argv, files and refusals. A stand-in client answers --version and nothing else."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from remit.adapters.agents.claude_code.launch import prepare
from remit.adapters.agents.claude_code.rules import Rules
from remit.adapters.agents.claude_code.settings import HTTP_EVENTS, Hooks, build
from remit.adapters.agents.files import write_private
from remit.adapters.agents.protocol import (
    Launch,
    LaunchRequest,
    PrivateFile,
    Resumption,
    StartTree,
)
from remit.adapters.agents.registry import adapter_for
from remit.errors import RemitError, UsageError
from remit.model.contract import Check, Contract, Evidence, McpServer, Scope

SESSION = "11111111-2222-4333-8444-555555555555"
TOKEN = "t" * 32


def client(tmp_path: Path, said: str = "2.1.330 (Claude Code)") -> Path:
    path = tmp_path / "bin" / "claude"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{said}'\n")
    path.chmod(0o755)
    return path


def plan(
    tmp_path: Path, *words: str, said: str = "2.1.330 (Claude Code)", **more: object
) -> Launch:
    path = client(tmp_path, said)
    checks = Evidence((Check("t", "true"),))
    named = more.pop("named", ())
    contract = Contract("g", Scope(edit=("src/**",)), checks, environment=named)  # type: ignore[arg-type]
    request = {
        "argv": ("claude", *(words or ("-p", "go"))),
        "environ": {"PATH": f"{path.parent}:/usr/bin:/bin", "HOME": str(tmp_path)},
        "root": "/repo",
        "run_dir": "/state/run",
        "scratch": "/state/scratch",
        "socket": "/state/run/hook",
        "url": "http://127.0.0.1:4711/hook",
        "token": TOKEN,
        "session": SESSION,
        "contract": contract,
        "contract_text": "THE CONTRACT",
        "tree": StartTree(lambda path: None, lambda folder: ()),
        "proxy": "http://remit:pass@127.0.0.1:4712",
        "model_url": "http://127.0.0.1:4712/model",
        "model_key": "sk-remit-1",
        **more,
    }
    return prepare(LaunchRequest(**request))  # type: ignore[arg-type]


def files(launch: Launch) -> dict[str, bytes]:
    return {file.path: file.content for file in launch.files}


def test_the_argv_is_ours_first_and_the_users_after(tmp_path: Path) -> None:
    launch = plan(tmp_path, "-p", "go", "--max-turns", "3")
    assert launch.argv == (
        str(tmp_path / "bin" / "claude"),
        "--settings=/state/run/settings.json",
        "--setting-sources=",
        "--strict-mcp-config",
        "--mcp-config=/state/run/mcp.json",
        f"--session-id={SESSION}",
        "--append-system-prompt-file=/state/run/prompt.md",
        "--append-subagent-system-prompt-file=/state/run/subagent-prompt.md",
        "-p",
        "go",
        "--max-turns",
        "3",
    )
    assert launch.client_version == "2.1.330"
    assert TOKEN not in " ".join(launch.argv)


def test_a_link_to_the_client_is_followed_to_the_real_file(tmp_path: Path) -> None:
    real = client(tmp_path)
    link = tmp_path / "links" / "claude"
    link.parent.mkdir()
    link.symlink_to(real)
    environ = {"PATH": f"{link.parent}:/usr/bin:/bin", "HOME": str(tmp_path)}
    assert plan(tmp_path, environ=environ).argv[0] == str(real)


@pytest.mark.parametrize("said", ["2.1.294 (Claude Code)", "1.9.999 (Claude Code)"])
def test_an_old_client_is_refused_with_what_to_do(tmp_path: Path, said: str) -> None:
    with pytest.raises(RemitError, match="too old") as refusal:
        plan(tmp_path, said=said)
    assert "2.1.295" in refusal.value.remedy


@pytest.mark.parametrize("said", ["something else", "2.1", "", "Claude Code"])
def test_what_does_not_answer_as_claude_code_is_refused(tmp_path: Path, said: str) -> None:
    with pytest.raises(RemitError, match="does not answer"):
        plan(tmp_path, said=said)


def test_a_missing_client_is_said(tmp_path: Path) -> None:
    with pytest.raises(RemitError, match="not on the PATH"):
        plan(tmp_path, environ={"PATH": "/nowhere", "HOME": str(tmp_path)})


@pytest.mark.parametrize("words", [("fix it",), ("--model", "x"), ("mcp", "-p")])
def test_what_is_no_headless_run_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        plan(tmp_path, *words)


def test_the_prompt_is_the_contract_then_the_users_own_words(tmp_path: Path) -> None:
    extra = tmp_path / "extra.md"
    extra.write_text("FROM FILE")
    launch = plan(
        tmp_path,
        *("-p", "go", "--append-system-prompt=BE BRIEF", "--append-system-prompt-file", str(extra)),
    )
    assert files(launch)["/state/run/prompt.md"] == b"THE CONTRACT\n\nBE BRIEF\n\nFROM FILE\n"
    assert files(launch)["/state/run/subagent-prompt.md"] == b"THE CONTRACT\n"


def test_a_model_is_named_only_where_the_user_named_none(tmp_path: Path) -> None:
    conf = tmp_path / ".claude"
    conf.mkdir()
    (conf / "settings.json").write_text('{"model": "mine"}')
    assert "--model=mine" in plan(tmp_path).argv
    assert "--model=mine" not in plan(tmp_path, "-p", "go", "--model", "other").argv


def test_only_the_contracts_mcp_servers_go_in_and_no_value_is_written(tmp_path: Path) -> None:
    servers = (McpServer("a", ("run", "x"), env=("KEY", "UNSET")), McpServer("b", url="http://h/"))
    contract = Contract("g", Scope(), Evidence(none="n"), mcp=servers)
    environ = {"PATH": f"{client(tmp_path).parent}:/bin", "HOME": str(tmp_path), "KEY": "hidden"}
    launch = plan(tmp_path, contract=contract, environ=environ)
    written = files(launch)["/state/run/mcp.json"]
    assert json.loads(written) == {
        "mcpServers": {
            "a": {"type": "stdio", "command": "run", "args": ["x"], "env": {"KEY": "${KEY}"}},
            "b": {"type": "http", "url": "http://h/"},
        }
    }
    assert launch.env["KEY"] == "hidden"


def test_settings_guard_every_event_without_a_matcher() -> None:
    command = ("/usr/bin/python3", "-I", "-S", "/x/__main__.py", "/run/hook")
    settings = json.loads(build(Hooks("http://127.0.0.1:1/hook", TOKEN, command), Rules(("Bash",))))
    assert settings["disableAllHooks"] is False
    assert settings["permissions"]["allow"] == []
    assert settings["permissions"]["deny"] == ["Bash"]
    assert set(settings["hooks"]) == {*HTTP_EVENTS, "SessionStart"}
    for event, groups in settings["hooks"].items():
        (group,) = groups
        (handler,) = group["hooks"]
        assert set(group) == {"hooks"}, event
        assert handler["onFailure"] == "block"
        assert handler["timeout"] <= 30
        assert TOKEN not in handler.get("url", "")
    assert settings["hooks"]["SessionStart"][0]["hooks"][0]["args"][0] == "-I"


@pytest.mark.parametrize(
    "hooks",
    [
        Hooks("http://example.org/hook", TOKEN, ("/bin/x",)),
        Hooks("http://127.0.0.1:1/hook?token=1", TOKEN, ("/bin/x",)),
        Hooks("http://127.0.0.1:1/hook", "short", ("/bin/x",)),
        Hooks("http://127.0.0.1:1/hook", TOKEN + "\r\nX: y", ("/bin/x",)),
        Hooks("http://127.0.0.1:1/hook", TOKEN, ("python",)),
        Hooks("http://127.0.0.1:1/hook", TOKEN, ()),
    ],
)
def test_settings_that_would_not_guard_are_never_built(hooks: Hooks) -> None:
    with pytest.raises(RemitError):
        build(hooks, Rules())


def test_files_are_private_and_never_written_through_what_is_there(tmp_path: Path) -> None:
    target = tmp_path / "run" / "deep" / "x"
    write_private([PrivateFile(str(target), b"1")])
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    for path in (target, tmp_path / "link"):
        with pytest.raises(RemitError):
            write_private([PrivateFile(str(path), b"2")])
    assert not os.path.exists(tmp_path / "victim")


def test_an_agent_is_found_by_its_word() -> None:
    assert adapter_for(["/usr/bin/claude", "-p"]).name == "claude-code"
    assert adapter_for(["remit-scripted-agent", "p.json"]).name == "scripted"


@pytest.mark.parametrize("argv", [[], ["codex"], ["claude-next"], ["\x1b[31m"]])
def test_an_unknown_agent_is_refused_with_those_that_are_known(argv: list[str]) -> None:
    with pytest.raises(UsageError) as refusal:
        adapter_for(argv)
    assert "claude" in refusal.value.remedy
    assert "\x1b" not in refusal.value.message


@pytest.mark.parametrize("planted", ["link", "pipe", "link above"])
def test_what_an_agent_puts_in_place_of_a_prompt_file_is_not_read_again(
    tmp_path: Path, planted: str
) -> None:
    prompt = tmp_path / "notes" / "p.md"
    prompt.parent.mkdir()
    prompt.write_text("be kind")
    words = ("-p", "go", f"--append-system-prompt-file={prompt}")
    resumption = Resumption("go on")
    honest = files(plan(tmp_path, *words, resumption=resumption))["/state/run/prompt.md"]
    assert b"be kind" in honest

    secret = tmp_path / "other" / "p.md"
    secret.parent.mkdir()
    secret.write_text("PRIVATE")
    prompt.unlink()
    if planted == "link":
        prompt.symlink_to(secret)
    elif planted == "pipe":
        os.mkfifo(prompt)
    else:
        prompt.parent.rmdir()
        prompt.parent.symlink_to(secret.parent)
    with pytest.raises(RemitError, match="not the plain file"):
        plan(tmp_path, *words, resumption=resumption)
