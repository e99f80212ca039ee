"""The agent's environment is built from nothing."""

from __future__ import annotations

import pytest

from remit.adapters.agents.claude_code.environment import build_environment

OURS = {
    "CLAUDE_CODE_DISABLE_AGENT_VIEW": "1",
    "DISABLE_AUTOUPDATER": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}


def test_an_empty_shell_gives_only_ours() -> None:
    assert build_environment({}, ()).variables == OURS


@pytest.mark.parametrize("name", ["PATH", "HOME", "LC_ALL", "ANTHROPIC_API_KEY", "GOPATH", "TZ"])
def test_what_work_and_login_need_goes_in(name: str) -> None:
    assert build_environment({name: "v"}, ()).variables[name] == "v"


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
    built = build_environment({name: "secret-value", "EDITOR": "vi"}, ())
    assert name not in built.variables
    assert built.left_out == (f"2 environment variables, {name} among them",)


def test_no_value_is_ever_shown() -> None:
    built = build_environment({"DEPLOY_TOKEN": "secret-value"}, ["LD_PRELOAD", "MISSING"])
    assert "secret-value" not in "".join(built.left_out)


def test_the_contract_adds_by_name_but_not_what_undoes_the_guard() -> None:
    shell = {"MY_FLAG": "1", "LD_PRELOAD": "/x.so", "CLAUDE_CODE_SIMPLE": "1", "bad name": "x"}
    built = build_environment(shell, ["MY_FLAG", "LD_PRELOAD", "CLAUDE_CODE_SIMPLE", "bad name"])
    assert built.variables == {**OURS, "MY_FLAG": "1"}
    assert sum("never given" in line for line in built.left_out) == 3


def test_our_own_settings_win_over_the_shell() -> None:
    assert build_environment(dict.fromkeys(OURS, "no"), OURS).variables == OURS


@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_never_stands_before_the_guard(name: str) -> None:
    built = build_environment({name: "http://proxy:1", "NO_PROXY": "intern"}, ())
    assert built.variables["NO_PROXY"] == "intern,127.0.0.1,localhost"
    assert built.variables["no_proxy"] == "intern,127.0.0.1,localhost"
