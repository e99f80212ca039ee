"""A client within the client: refused where it is seen, and held by the run's limits where not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from governed import Bench, repair
from remit.testing.scripted_model import Turn, say, use


@pytest.fixture
def bench(claude: Path, tmp_path: Path, clean_env: Callable[..., dict[str, str]]) -> Bench:
    return Bench(claude, tmp_path, clean_env)


def starting(bench: Bench, environment: str) -> str:
    """The demo's test, which starts a client of its own wherever the agent runs it."""
    words = [
        str(bench.claude.resolve()),
        "-p",
        "[[script:nested]] go on",
        "--allowedTools",
        "Write,Bash",
    ]
    return f"""import os, subprocess
if os.getcwd() == {str(bench.root)!r}:
    env = {{**os.environ, **{environment}}}
    done = subprocess.run({words!r}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env=env, timeout=40)
    print("NESTED", done.returncode, done.stdout, done.stderr)
""" + (bench.root / "tests/test_parser.py").read_text()


def with_nested(bench: Bench, environment: str) -> list[Turn]:
    file = str(bench.root / "tests/test_parser.py")
    write = use("Write", file_path=file, content=starting(bench, environment))
    return [*repair(bench.root)[:2], use("Read", file_path=file), write, *repair(bench.root)[2:]]


def test_a_nested_client_is_refused_and_told_why(bench: Bench) -> None:
    attempt = use("Bash", command="cd . && claude -p 'mend the parser'")
    asked = use("Bash", command="claude --version; grep -rn claude . | head -1; ls")
    ran = bench.go({"main": [attempt, asked, *repair(bench.root)]})

    assert ran.exit_code == 0, ran.stderr
    assert [told.rule for _, told in ran.record.pressure] == ["agent.nested"]
    assert ran.decisions("Bash") == ["deny", "allow", "allow"]
    said = ran.requests[1].text
    assert "This starts another coding agent (claude) within the run" in said
    assert "a person can give it a run of its own" in said


@pytest.mark.parametrize("means", ["", "landlock"])
def test_a_client_that_a_test_starts_is_held_by_the_runs_limits(bench: Bench, means: str) -> None:
    outside = bench.tmp / "outside"
    nested = [
        use("Write", file_path=str(bench.root / "README.md"), content="by another"),
        use("Bash", command=f"echo x > README.md; echo x > {outside}; cat {bench.state}/*"),
        use("Bash", command="curl -sS https://api.anthropic.com/ https://example.com/"),
        say("Nothing worked."),
    ]
    before = (bench.root / "README.md").read_bytes()
    ran = bench.go({"main": with_nested(bench, "{}"), "nested": nested}, REMIT_CONFINE=means)

    assert ran.exit_code == 0, ran.stderr
    seen = [request for request in ran.requests if request.script == "nested"]
    assert len(seen) == len(nested)
    assert {request.headers.get("x-api-key") for request in ran.requests} == {"dummy"}
    model = [one for one in ran.record.connections if one.way == "model"]
    assert len(model) == len(ran.requests)
    assert "NESTED 0 Nothing worked." in ran.requests[-1].text
    assert (bench.root / "README.md").read_bytes() == before
    assert not outside.exists()
    rules = {(told.rule, told.subject) for _, told in ran.record.pressure}
    assert {("network.provider", "api.anthropic.com")} <= rules
    assert ("network.host-not-allowed", "example.com") in rules


def test_a_nested_client_with_a_key_and_an_address_of_its_own_reaches_nobody(bench: Bench) -> None:
    own = "{'ANTHROPIC_BASE_URL': 'https://api.anthropic.com', 'ANTHROPIC_API_KEY': 'sk-own'}"
    ran = bench.go({"main": with_nested(bench, own), "nested": [say("Out.")]})

    assert [request for request in ran.requests if request.script == "nested"] == []
    rules = {(told.rule, told.subject) for _, told in ran.record.pressure}
    assert ("network.provider", "api.anthropic.com") in rules
    assert {one.host for one in ran.record.connections if one.way != "model"} == set()


def test_a_nested_client_with_a_key_of_its_own_does_not_get_through_the_models_door(
    bench: Bench,
) -> None:
    own = "{'ANTHROPIC_API_KEY': 'sk-own'}"
    ran = bench.go({"main": with_nested(bench, own), "nested": [say("Out.")]})
    assert [request for request in ran.requests if request.script == "nested"] == []
