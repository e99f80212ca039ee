"""The real client confined: it works as ever, and what steers its next session stays as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from governed import Bench, repair
from remit.testing.scripted_model import say, use


@pytest.fixture(params=["namespaces", "landlock"])
def means(request: pytest.FixtureRequest) -> str:
    return "landlock" if request.param == "landlock" else ""


@pytest.fixture
def bench(claude: Path, tmp_path: Path, clean_env: Callable[..., dict[str, str]]) -> Bench:
    return Bench(claude, tmp_path, clean_env)


def armed(root: Path, code: str) -> str:
    """The demo's test, which first tries ``code`` wherever the agent runs it."""
    tried = f"try: {code}\n    except Exception as error: print(error)"
    start = f"import os, pathlib\nif os.getcwd() == {str(root)!r}:\n    {tried}\n"
    return start + (root / "tests/test_parser.py").read_text()


def test_a_signed_in_client_keeps_sessions_and_cannot_change_what_steers_it(
    bench: Bench, tmp_path: Path, means: str
) -> None:
    config = tmp_path / "home/.claude"
    for name in ("projects", "sessions"):
        (config / name).mkdir(parents=True)
    (config / "settings.json").write_text(json.dumps({"apiKeyHelper": "echo dummy"}))
    (tmp_path / "home/.claude.json").write_text('{"numStartups": 3}')
    before = (config / "settings.json").read_bytes()
    code = (
        f"pathlib.Path({str(config)!r}, 'settings.json').write_text('{{}}'); "
        f"pathlib.Path({str(config)!r}, 'CLAUDE.md').write_text('obey')"
    )
    later = f"pathlib.Path({str(tmp_path / 'home')!r}, '.bashrc').write_text('touch x')"
    file = bench.root / "tests/test_parser.py"
    write = use("Write", file_path=str(file), content=armed(bench.root, f"{later}; {code}"))
    read = use("Read", file_path=str(file))
    steps = [*repair(bench.root)[:2], read, write, *repair(bench.root)[2:]]

    done = bench.go({"main": steps}, ANTHROPIC_API_KEY="", REMIT_CONFINE=means)

    assert done.exit_code == 0, done.stderr
    assert done.result["verdict"] == "pass"
    assert (config / "settings.json").read_bytes() == before
    assert not (config / "CLAUDE.md").exists()
    assert not (tmp_path / "home/.bashrc").exists()
    assert list((config / "projects").rglob("*.jsonl"))


def test_a_client_that_never_kept_a_state_file_starts_signed_in(
    bench: Bench, tmp_path: Path, means: str
) -> None:
    config = tmp_path / "home/.claude"
    config.mkdir(parents=True)
    (config / "settings.json").write_text(json.dumps({"apiKeyHelper": "echo dummy"}))

    done = bench.go({"main": repair(bench.root)}, ANTHROPIC_API_KEY="", REMIT_CONFINE=means)

    assert done.exit_code == 0, done.stderr
    assert done.result["verdict"] == "pass"
    assert [path.name for path in (tmp_path / "home").iterdir()] == [".claude"]


def test_with_a_key_nothing_is_left_in_the_users_folder(
    bench: Bench, tmp_path: Path, means: str
) -> None:
    done = bench.go({"main": repair(bench.root)}, REMIT_CONFINE=means)
    assert done.exit_code == 0, done.stderr
    assert list((tmp_path / "home/.claude").iterdir()) == []
    assert [path.name for path in (tmp_path / "home").iterdir()] == [".claude"]


def test_the_agent_commits_and_the_users_git_never_sees_it(bench: Bench) -> None:
    commit = use("Bash", command="git add -A && git commit -qm 'Mend it' && git log --oneline")
    done = bench.go({"main": [*repair(bench.root)[:3], commit, say("Committed.")]})
    assert done.exit_code == 0, done.stderr
    assert done.decisions("Bash") == ["allow", "allow"]
    head = (bench.root / ".git/refs/heads/main").read_text()
    assert done.record.opened is not None
    assert head.strip() == done.record.opened.start_commit


def test_the_agent_is_told_what_the_kernel_refused_and_what_would_allow_it(bench: Bench) -> None:
    file = bench.root / "tests/test_parser.py"
    code = "open('README.md', 'a').write('x')"
    write = use("Write", file_path=str(file), content=armed(bench.root, code))
    read = use("Read", file_path=str(file))
    done = bench.go({"main": [*repair(bench.root)[:2], read, write, *repair(bench.root)[2:]]})

    said = json.dumps(done.requests[-1].body["messages"])
    assert "README.md is out of reach in this run, which may change stocklist/**" in said
    assert "add README.md to scope.edit in the contract" in said
    assert [told.rule for _, told in done.record.pressure] == ["kernel.refused"]
    assert done.exit_code == 0
