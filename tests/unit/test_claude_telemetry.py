"""The client's telemetry comes to Remit only where the user has none of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_claude_launch import plan

from remit.adapters.agents.protocol import Launch

HERE = "http://127.0.0.1:4711"
OWN = {"CLAUDE_CODE_ENABLE_TELEMETRY": "1", "OTEL_METRICS_EXPORTER": "otlp"}


def launched(tmp: Path, contract: tuple[str, ...] = (), **environ: str) -> Launch:
    known = {"PATH": f"{tmp}/bin:/usr/bin:/bin", "HOME": str(tmp), **environ}
    return plan(tmp, telemetry_url=HERE, environ=known, named=contract)


def set_up(tmp: Path, **env: str) -> None:
    (tmp / ".claude").mkdir()
    (tmp / ".claude" / "settings.json").write_text(json.dumps({"env": env}))


def test_it_is_sent_here_as_events_alone(tmp_path: Path) -> None:
    launch = launched(tmp_path)
    assert launch.env["OTEL_EXPORTER_OTLP_ENDPOINT"] == HERE
    assert launch.env["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/json"
    assert launch.env["OTEL_METRICS_EXPORTER"] == "none"
    assert launch.env["OTEL_EXPORTER_OTLP_HEADERS"].startswith("Authorization=Bearer ")
    assert not any("PROMPTS" in name or "CONTENT" in name for name in launch.env)
    assert not any("telemetry" in note for note in launch.notes)


@pytest.mark.parametrize("switch", ["0", "", "false"])
def test_telemetry_that_is_switched_off_is_none_of_the_users(tmp_path: Path, switch: str) -> None:
    off = {**OWN, "CLAUDE_CODE_ENABLE_TELEMETRY": switch}
    assert launched(tmp_path, **off).env["OTEL_EXPORTER_OTLP_ENDPOINT"] == HERE


def test_a_users_own_in_the_environment_is_left_alone_and_said(tmp_path: Path) -> None:
    launch = launched(tmp_path, **OWN)
    assert not any(name.startswith("OTEL_") for name in launch.env)
    assert any("configured in your environment: it stays yours" in x for x in launch.notes)


def test_a_users_own_in_their_settings_is_left_alone_and_said(tmp_path: Path) -> None:
    set_up(tmp_path, **OWN)
    launch = launched(tmp_path)
    assert not any(name.startswith("OTEL_") for name in launch.env)
    assert any("settings.json: it stays yours" in note for note in launch.notes)


def test_other_variables_in_their_settings_are_no_telemetry(tmp_path: Path) -> None:
    set_up(tmp_path, FOO="1", CLAUDE_CODE_ENABLE_TELEMETRY="1")
    assert launched(tmp_path).env["OTEL_EXPORTER_OTLP_ENDPOINT"] == HERE


def test_a_users_own_that_the_contract_lets_in_goes_where_it_went(tmp_path: Path) -> None:
    own = {**OWN, "OTEL_EXPORTER_OTLP_ENDPOINT": "https://collector.example"}
    launch = launched(tmp_path, tuple(own), **own)
    assert {name: launch.env.get(name) for name in own} == own
    assert "OTEL_EXPORTER_OTLP_HEADERS" not in launch.env


def test_nothing_of_the_users_leads_ours_elsewhere(tmp_path: Path) -> None:
    one = {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "https://elsewhere.example"}
    launch = launched(tmp_path, tuple(one), **one)
    assert "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT" not in launch.env
    assert launch.env["OTEL_EXPORTER_OTLP_ENDPOINT"] == HERE


@pytest.mark.parametrize(
    ("words", "prints"),
    [
        (("--output-format", "json"), True),
        (("--output-format=stream-json", "--verbose"), True),
        (("--output-format", "text"), False),
        (("--output-format", "json", "--output-format=text"), False),
        (("--", "--output-format=json"), False),
        ((), False),
    ],
)
def test_a_result_is_printed_where_the_client_is_asked_for_it(
    tmp_path: Path, words: tuple[str, ...], prints: bool
) -> None:
    assert plan(tmp_path, "-p", "go", *words).prints_result is prints
