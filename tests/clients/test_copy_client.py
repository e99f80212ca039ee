"""The real client in a copy of its own: it works as ever, and the user's tree stays as it is."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from governed import CHECK, RUN_SECONDS, Bench
from remit.testing.scripted_model import ScriptedModel, Turn, Use, say, together, use

TOOL = "#!/bin/sh\necho ran >> stocklist/ran.txt\n"
HELD = Use("Bash", {"command": "./unknown-tool --now", "description": "seed"})
REPAIR = 'sed -i \'s/line.split(",")/line.rsplit(",", 1)/\' stocklist/parser.py'


@pytest.fixture(params=["namespaces", "landlock"])
def means(request: pytest.FixtureRequest) -> str:
    return "landlock" if request.param == "landlock" else ""


@pytest.fixture
def bench(claude: Path, tmp_path: Path, clean_env: Callable[..., dict[str, str]]) -> Bench:
    made = Bench(claude, tmp_path, clean_env)
    made.commit({"unknown-tool": TOOL})
    (made.root / "unknown-tool").chmod(0o755)
    made.commit({"README.md": "Stock lists.\n"})
    made.options = ("--copy",)
    return made


def honest(bench: Bench) -> list[Turn]:
    """The repair, by a path of the copy, and a stray edit by one of the user's tree."""
    stray = use("Write", file_path=str(bench.root / "stocklist/stray.py"), content="stray = 1\n")
    test = use("Bash", command=CHECK, description="run the tests")
    return [use("Bash", command=REPAIR, description="repair"), stray, test, say("Done.")]


def tree(bench: Bench) -> str:
    words = ["git", "-C", str(bench.root), "status", "--porcelain", "--ignored"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def test_the_client_works_in_the_copy_alone(bench: Bench, means: str) -> None:
    done = bench.go({"main": honest(bench)}, REMIT_CONFINE=means)

    assert done.exit_code == 0, done.stderr
    assert done.result["verdict"] == "pass"
    assert done.decisions("Bash") == ["allow", "allow"]
    assert done.decisions("Write") == ["deny"]
    assert done.record.commit is not None
    assert done.record.commit.files == ("stocklist/parser.py",)
    assert tree(bench) == ""
    assert not list(bench.state.glob("runs/*/copy"))


def test_a_parked_run_keeps_its_copy_and_goes_on_in_it(bench: Bench) -> None:
    bench.options = ("--copy", "--wait", "1s")
    repair = use("Bash", command=REPAIR, description="repair")
    with ScriptedModel({"main": [repair, together(HELD), *honest(bench)[2:]]}) as model:
        out, err = bench.start(model.url).communicate(timeout=RUN_SECONDS)
        told = json.loads(out)
        kept = list(bench.state.glob("runs/*/copy"))
        granted = bench.cli(
            "grant", told["requests"][0], "--until", "end", "--reason", "needed once"
        )
        (bench.root / "stocklist/parser.py").write_text("# mine, meanwhile\n")
        resumed = bench.cli("resume", told["run"], "--json", url=model.url)
        done = bench.outcome(resumed.returncode, resumed.stdout, resumed.stderr)

    assert len(kept) == 1, err
    assert granted.returncode == 0, granted.stderr
    assert done.exit_code == 0, done.stderr
    assert done.record.commit is not None
    assert set(done.record.commit.files) == {"stocklist/parser.py", "stocklist/ran.txt"}
    assert tree(bench) == " M stocklist/parser.py\n"
    assert not list(bench.state.glob("runs/*/copy"))
