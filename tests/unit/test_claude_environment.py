"""The agent's environment is built from nothing."""

from __future__ import annotations

import pytest

from remit.adapters.agents.claude_code.environment import build_environment

PROXY = "http://remit:pass@127.0.0.1:4712"
OURS = {
    **dict.fromkeys(
        ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"], PROXY
    ),
    **dict.fromkeys(["NO_PROXY", "no_proxy"], "127.0.0.1,localhost,::1"),
    "CLAUDE_CODE_DISABLE_AGENT_VIEW": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_TELEMETRY": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}


def test_an_empty_shell_gives_only_ours() -> None:
    assert build_environment({}, (), PROXY).variables == OURS


@pytest.mark.parametrize("name", ["PATH", "HOME", "LC_ALL", "ANTHROPIC_API_KEY", "GOPATH", "TZ"])
def test_what_work_and_login_need_goes_in(name: str) -> None:
    assert build_environment({name: "v"}, (), PROXY).variables[name] == "v"


@pytest.mark.parametrize(
    "name",
    [
        "SSH_AUTH_SOCK",
        "TMUX",
        "DBUS_SESSION_BUS_ADDRESS",
        "DISPLAY",
        "AWS_SECRET_ACCESS_KEY",
        "GITHUB_TOKEN",
        "NPM_TOKEN",
        "DATABASE_URL",
    ],
)
def test_ways_out_and_secrets_stay_out_and_are_named(name: str) -> None:
    built = build_environment({name: "secret-value", "EDITOR": "vi"}, (), PROXY)
    assert name not in built.variables
    assert built.left_out == (f"2 environment variables, {name} among them",)


def test_no_value_is_ever_shown() -> None:
    built = build_environment({"DEPLOY_TOKEN": "secret-value"}, ["LD_PRELOAD", "MISSING"], PROXY)
    assert "secret-value" not in "".join(built.left_out)


def test_the_contract_adds_by_name_but_not_what_undoes_the_guard() -> None:
    shell = {"MY_FLAG": "1", "LD_PRELOAD": "/x.so", "CLAUDE_CODE_SIMPLE": "1", "bad name": "x"}
    built = build_environment(
        shell, ["MY_FLAG", "LD_PRELOAD", "CLAUDE_CODE_SIMPLE", "bad name"], PROXY
    )
    assert built.variables == {**OURS, "MY_FLAG": "1"}
    assert sum("never given" in line for line in built.left_out) == 3


def test_our_own_settings_win_over_the_shell() -> None:
    assert build_environment(dict.fromkeys(OURS, "no"), OURS, PROXY).variables == OURS


@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY", "NO_PROXY"])
def test_the_users_own_proxy_is_not_the_agents(name: str) -> None:
    built = build_environment({name: "http://ada:secret@proxy:1"}, (), PROXY)
    assert built.variables == OURS
    assert built.left_out == ()
