"""The real client speaks to its model by the run's door, and the user's key is nowhere near it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from governed import Bench, repair
from remit.testing.scripted_model import use

KEY = "sk-ant-" + "of-the-user-alone"


@pytest.fixture
def bench(claude: Path, tmp_path: Path, clean_env: Callable[..., dict[str, str]]) -> Bench:
    return Bench(claude, tmp_path, clean_env)


def searching(root: Path) -> str:
    """The demo's test, which first looks for the key in every process, wherever the agent runs
    it, and asks the provider with what it holds."""
    return f"""import glob, os, urllib.request
def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
if os.getcwd() == {str(root)!r}:
    key = b"sk-ant-" + b"of-the-user-alone"
    places = glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline")
    print("FOUND", sum(key in read(place) for place in places), "IN", len(places) > 0)
    print("HELD", os.environ["ANTHROPIC_API_KEY"][:9])
    try:
        urllib.request.urlopen("https://api.anthropic.com/v1/models", timeout=5)
    except Exception as error:
        print("CALLED", error)
""" + (root / "tests/test_parser.py").read_text()


@pytest.mark.parametrize("means", ["", "landlock"])
def test_a_shell_that_looks_for_the_key_finds_one_that_is_worth_nothing(
    bench: Bench, means: str
) -> None:
    file = str(bench.root / "tests/test_parser.py")
    write = use("Write", file_path=file, content=searching(bench.root))
    steps = [*repair(bench.root)[:2], use("Read", file_path=file), write, *repair(bench.root)[2:]]

    ran = bench.go({"main": steps}, ANTHROPIC_API_KEY=KEY, REMIT_CONFINE=means)

    assert ran.exit_code == 0, ran.stderr
    said = ran.requests[-1].text
    assert "FOUND 0 IN True" in said
    assert "HELD sk-remit-" in said
    assert "CALLED <urlopen error Tunnel connection failed: 403" in said
    assert {request.headers.get("x-api-key") for request in ran.requests} == {KEY}
    assert all(KEY not in request.text for request in ran.requests)
    model = [c for c in ran.record.connections if c.way == "model"]
    assert len(model) >= len(ran.requests)
    assert all(c.received > 0 for c in model)
    assert [told.subject for _, told in ran.record.pressure] == ["api.anthropic.com"]


def test_twin_a_subscriptions_token_passes_as_it_is_and_is_told_of(bench: Bench) -> None:
    ran = bench.go(
        {"main": repair(bench.root)},
        ANTHROPIC_API_KEY="",
        CLAUDE_CODE_OAUTH_TOKEN="sk-ant-oat-1",
    )
    assert ran.exit_code == 0, ran.stderr
    assert {request.headers.get("authorization") for request in ran.requests} == {
        "Bearer sk-ant-oat-1"
    }
    assert "a shell command could read it" in ran.stderr
