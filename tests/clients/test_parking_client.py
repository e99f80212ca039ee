"""The real client ends when nobody answers, and its session goes on once a person did."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from governed import RUN_SECONDS, Bench, Outcome, repair
from remit.model.record import RunRecord
from remit.testing.scripted_model import ModelRequest, ScriptedModel, Turn, Use, together, use

TOOL = "#!/bin/sh\necho ran >> stocklist/ran.txt\n"
HELD = Use("Bash", {"command": "./unknown-tool --now", "description": "seed"})


@pytest.fixture
def bench(claude, tmp_path, clean_env) -> Bench:
    made = Bench(claude, tmp_path, clean_env)
    made.commit({"unknown-tool": TOOL})
    (made.root / "unknown-tool").chmod(0o755)
    made.options = ("--wait", "1s")
    return made


class Parked:
    """A run that parked, and the model it goes on with."""

    def __init__(self, bench: Bench, model: ScriptedModel) -> None:
        self.bench, self.model = bench, model
        process = bench.start(model.url)
        out, self.stderr = process.communicate(timeout=RUN_SECONDS)
        assert process.returncode == 6, out + self.stderr
        self.told = json.loads(out)
        self.run: str = self.told["run"]

    @property
    def record(self) -> RunRecord:
        return self.bench.record(self.run)

    def answer(self, *words: str) -> subprocess.CompletedProcess[str]:
        done = self.bench.cli(words[0], self.told["requests"][0], *words[1:])
        assert done.returncode == 0, done.stderr
        return done

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.bench.cli(*words, url=self.model.url)

    def resume(self, *words: str) -> Outcome:
        done = self.command("resume", self.run, "--json", *words)
        return self.bench.outcome(done.returncode, done.stdout, done.stderr, self.model.requests)


def _runs(bench: Bench) -> int:
    ran: Path = bench.root / "stocklist/ran.txt"
    return len(ran.read_text().splitlines()) if ran.exists() else 0


def _script(bench: Bench, *first: Turn) -> dict[str, list[Turn]]:
    return {"main": [*first, *repair(bench.root)]}


def _told(requests: tuple[ModelRequest, ...], words: str) -> bool:
    return any(words in request.text for request in requests)


def test_a_parked_call_that_is_granted_runs_once_when_the_run_goes_on(bench: Bench) -> None:
    with ScriptedModel(_script(bench, together(HELD))) as model:
        parked = Parked(bench, model)
        assert _runs(bench) == 0
        assert parked.record.exited is not None
        parked.answer("grant", "--until", "end", "--reason", "needed once")
        done = parked.resume()
    assert _runs(bench) == 1, done.stderr
    assert done.exit_code == 0, done.stderr
    assert done.result["verdict"] == "pass"
    (call,) = [c for c in done.record.calls.values() if "unknown-tool" in str(c.requested.input)]
    assert call.decision is not None
    assert call.decision.outcome == "allow"


def test_a_parked_call_that_is_refused_is_denied_with_the_reason(bench: Bench) -> None:
    with ScriptedModel(_script(bench, together(HELD))) as model:
        parked = Parked(bench, model)
        parked.answer("refuse", "--reason", "use the fixture")
        done = parked.resume()
    assert _runs(bench) == 0
    assert _told(done.requests, "use the fixture")
    assert done.exit_code == 0, done.stderr


def test_a_parked_run_that_is_killed_keeps_its_work_and_goes_on_no_more(bench: Bench) -> None:
    turns = [*repair(bench.root)[:2], together(HELD)]
    with ScriptedModel({"main": turns}) as model:
        parked = Parked(bench, model)
        assert parked.command("kill", parked.run).returncode == 0
        late = parked.command("resume", parked.run)
        grant = parked.command(
            "grant", parked.told["requests"][0], "--until", "end", "--reason", "too late"
        )
    record = parked.record
    assert late.returncode == 2
    assert "is not parked" in late.stderr
    assert grant.returncode == 2
    assert record.closed is not None
    assert record.closed.ending == "killed"
    assert record.commit is not None
    assert record.commit.files == ("stocklist/parser.py",)
    assert _runs(bench) == 0


BESIDE = Use("Bash", {"command": "echo beside >> stocklist/ran.txt", "description": "b"})


@pytest.mark.parametrize(
    ("turn", "ran", "calls"),
    [
        (together(BESIDE, HELD), ["beside", "ran"], 2),
        (together(HELD, BESIDE), ["ran"], 1),
    ],
    ids=["after another", "before another"],
)
def test_of_several_calls_in_one_turn_none_runs_twice(
    bench: Bench, turn: Turn, ran: list[str], calls: int
) -> None:
    """The one that came first has run; the held one is asked again; what came after it is not
    made at all until the agent asks anew."""
    repeated = [together(HELD)] if calls == 2 else []
    with ScriptedModel(_script(bench, turn, *repeated)) as model:
        parked = Parked(bench, model)
        parked.answer("grant", "--until", "end", "--reason", "needed once")
        done = parked.resume()
    assert (bench.root / "stocklist/ran.txt").read_text().split() == ran
    assert done.exit_code == 0, done.stderr
    assert _told(done.requests, "The run goes on" if calls == 2 else "stands still")


def test_a_run_without_an_answer_is_not_resumed(bench: Bench) -> None:
    with ScriptedModel(_script(bench, together(HELD))) as model:
        parked = Parked(bench, model)
        done = parked.command("resume", parked.run)
        assert done.returncode == 2
        assert "is not answered yet" in done.stderr
        assert parked.record.parked is not None
        (request,) = parked.told["requests"]
        assert request in parked.command("requests").stdout
        assert f"parked, waiting for {request}" in parked.command("show", parked.run).stdout
        assert "parked" in parked.command("runs").stdout


def test_what_others_changed_in_scope_is_not_charged_to_the_agent(bench: Bench) -> None:
    with ScriptedModel(_script(bench, together(HELD))) as model:
        parked = Parked(bench, model)
        parked.answer("grant", "--until", "end", "--reason", "needed once")
        (bench.root / "stocklist/parser.py").write_text("mine\n")
        done = parked.command("resume", parked.run)
        assert done.returncode == 2
        assert "changed while the run was parked: stocklist/parser.py" in done.stderr
        assert _runs(bench) == 0


def test_what_others_changed_elsewhere_is_said_and_the_run_goes_on(bench: Bench) -> None:
    with ScriptedModel(_script(bench, together(HELD))) as model:
        parked = Parked(bench, model)
        parked.answer("grant", "--until", "end", "--reason", "needed once")
        (bench.root / "notes.txt").write_text("mine\n")
        done = parked.resume()
    assert "changed by others while the run was parked: notes.txt" in done.stderr
    assert done.exit_code == 0, done.stderr
    assert not done.crossed
    assert "notes.txt" in json.dumps(done.packet["by_others"])


def test_of_two_that_resume_at_once_one_wins(bench: Bench) -> None:
    with ScriptedModel(_script(bench, together(HELD))) as model:
        parked = Parked(bench, model)
        parked.answer("grant", "--until", "end", "--reason", "needed once")
        words = ("resume", parked.run, "--json")
        first, second = (bench.popen(*words, url=model.url) for _ in range(2))
        ends = sorted(
            (one.communicate(timeout=RUN_SECONDS), one.returncode) for one in (first, second)
        )
    assert sorted(code for _, code in ends) == [0, 2], ends
    assert _runs(bench) == 1


ATTACK = """
import json, os, subprocess, sys, time
env = {"REMIT_STATE": %r, "HOME": "/nonexistent", "PATH": os.environ["PATH"]}
if "again" not in sys.argv:
    if os.fork() == 0:
        os.setsid()
        os.execve(sys.executable, [sys.executable, sys.argv[0], "again"], env)
    time.sleep(30)
    sys.exit()
said = []
yes = ["--until", "end", "--reason", "me"]
for words in (["grant", %r, *yes], ["resume", %r], ["grant", %r, *yes]):
    done = subprocess.run([sys.executable, "-m", "remit", *words], env=env, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True)
    said.append([done.returncode, done.stderr])
open(%r, "w").write(json.dumps(said))
"""


def test_an_agent_of_another_run_neither_answers_nor_resumes(bench: Bench, tmp_path: Path) -> None:
    """Unconfined, detached and without the environment of its run."""
    with ScriptedModel(_script(bench, together(HELD))) as model:
        parked = Parked(bench, model)
        request, said = parked.told["requests"][0], tmp_path / "said.json"
        (tmp_path / "other").mkdir()
        other = Bench(bench.claude, tmp_path / "other", bench._make_env)
        other.state = bench.state
        text = ATTACK % (str(bench.state), request, parked.run, request, str(said))
        other.commit({"attack.py": text})
        other.contract = other.contract.replace(
            "[scope]", '[commands]\nfree = ["python3 attack.py"]\n\n[scope]', 1
        )
        turns = [use("Bash", command="python3 attack.py", description="try"), *repair(other.root)]
        other.go({"main": turns}, REMIT_CONFINE="none")
        assert [code for code, _ in json.loads(said.read_text())] == [2, 2, 2]
        assert all("only a person decides" in text for _, text in json.loads(said.read_text()))
        assert parked.record.grants == []
        assert parked.record.parked is not None


@pytest.mark.parametrize("cap", [3, 4], ids=["past the limit", "twin: at the limit"])
def test_a_run_that_was_parked_goes_on_counting(bench: Bench, cap: int) -> None:
    """The call that was asked twice counts once; what was changed before counts after."""
    limits = f"calls = {cap}\npatch_lines = 3\n"
    bench.contract = bench.contract.replace("[budget]\n", f"[budget]\n{limits}")
    read, edit, check, done = repair(bench.root)
    with ScriptedModel({"main": [read, edit, together(HELD), check, done]}) as model:
        parked = Parked(bench, model)
        parked.answer("grant", "--until", "end", "--reason", "needed once")
        ran = parked.resume()
    assert ran.exit_code == (0 if cap == 4 else 1), ran.stderr
    assert (ran.record.stopped is None) is (cap == 4)
    if ran.record.stopped is not None:
        assert (ran.record.stopped.trigger, _runs(bench)) == ("budget", 1)
