"""What a run costs people in attention: counted, shown, and marked wrong by a person alone."""

from __future__ import annotations

import json
import shlex
import sys
import time
from pathlib import Path

import pytest
from scripted_run import SECONDS, Stage
from test_grants_answered import _marking, _request, _runs
from test_grants_terminal import Seat

from remit.model.friction_events import DecisionMarked
from remit.model.grant import Established, Granter
from remit.model.ids import RunId
from remit.storage.ledger import Holder
from remit.storage.sqlite import SqliteLedger

HELD = {"tool": "Bash", "input": {"command": "git push origin main"}}


def _stats(stage: Stage, *words: str) -> dict[str, object]:
    code, out = stage.cli("stats", "--json", *words)
    assert code == 0, out
    found: dict[str, object] = json.loads(out)
    return found


def _friction(stage: Stage) -> dict[str, object]:
    """Of the newest run's packet."""
    code, out = stage.cli("packet", "last", "--format", "json")
    assert code == 0, out
    found: dict[str, object] = json.loads(out)["friction"]
    return found


def _calls(stage: Stage, run: str = "last") -> list[dict[str, object]]:
    code, out = stage.cli("explain", "--wrong", run, "--json")
    assert code == 0, out
    found: list[dict[str, object]] = json.loads(out)["calls"]
    return found


def _wrong(stage: Stage, call: object, why: str = "honest", run: str = "last") -> tuple[int, str]:
    return stage.cli("explain", "--wrong", run, str(call), "--reason", why)


def test_a_person_marks_a_held_call_of_a_run_that_is_over(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    _, told = stage.go([HELD, stage.repair()])
    head, verdict = stage.cli("ledger", "verify"), told["verdict"]
    held, repaired = _calls(stage)
    assert (held["held"], repaired["held"]) == (True, False)
    code, out = _wrong(stage, held["call"], "the branch is mine")
    assert code == 0, out
    assert f"marked wrong: {held['call']} was held [{held['rule']}]" in out
    assert _wrong(stage, repaired["call"])[0] == 0
    found = _stats(stage)
    assert (found["wrongly_held"], found["wrongly_let_through"]) == (1, 1)
    rules = found["rules"]
    assert isinstance(rules, list)
    assert rules[0] == {
        "rule": held["rule"],
        "held": 1,
        "wrongly_held": 1,
        "wrongly_let_through": 0,
    }
    code, shown = stage.cli("stats")
    assert code == 0
    assert "1 call should not have been held, 1 should have been, as a person says" in shown
    assert stage.cli("ledger", "verify")[0] == head[0] == 0
    packet = told["packet"]
    assert isinstance(packet, dict)
    judged = ("gate", "--packet", str(packet["json"]))
    record = stage.record()
    assert record is not None
    assert record.commit is not None
    code, out = stage.cli(*judged, "--commit", record.commit.commit, "--json")
    assert json.loads(out)["verdict"]["outcome"] == verdict  # it changes no verdict
    assert record.grants == []


def test_a_call_is_marked_once_with_a_reason_and_only_where_it_was_decided(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.go([HELD, stage.repair()])
    held = _calls(stage)[0]["call"]
    code, out = stage.cli("explain", "--wrong", "last", str(held))
    assert (code, "a mark needs a reason" in out) == (2, True)
    code, out = _wrong(stage, "toolu_nowhere")
    assert (code, "has no decided call" in out) == (2, True)
    assert _wrong(stage, held)[0] == 0
    code, out = _wrong(stage, held)
    assert (code, "is marked already: 'honest'" in out) == (2, True)
    assert _stats(stage)["wrongly_held"] == 1


def test_a_mark_while_the_agent_works_stands_in_the_packet(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    steps = [HELD, _marking(stage), stage.repair()]
    with stage.start(steps, "--wait", "30s") as process:
        request = _request(stage)
        held = next(one for one in _calls(stage) if "git push" in str(one["subject"]))
        code, out = _wrong(stage, held["call"], "the branch is mine")
        assert code == 0, out
        time.sleep(2)
        yes = ("grant", str(request["request"]), "--until", "end", "--reason", "needed")
        assert stage.cli(*yes)[0] == 0
        process.communicate(timeout=SECONDS)
    found = _friction(stage)
    assert (found["asked"], found["answered"], found["instant"]) == (1, 1, 0)
    assert int(str(found["median_ms"])) >= 2000
    (mark,) = found["marks"] if isinstance(found["marks"], list) else ()
    assert (mark["established"], mark["reason"]) == ("peer", "the branch is mine")
    for words in (("packet", "last", "--format", "md"), ("packet", "last", "--format", "html")):
        assert "A person says it was decided wrongly" in stage.cli(*words)[1]
    shown = stage.cli("show", "last")[1]
    assert "a person was asked 1 time, answered 1, half of them within" in shown
    assert "a person says: 1 call should not have been held" in shown


def test_a_question_that_a_person_was_asked_needlessly_counts_as_held(tmp_path: Path) -> None:
    """Granted in the end, and yet an interruption: Remit's own first word was to ask."""
    stage = Stage(tmp_path)
    with stage.start([_marking(stage), stage.repair()], "--wait", "30s") as process:
        request = str(_request(stage)["request"])
        assert stage.cli("grant", request, "--uses", "1", "--reason", "needed")[0] == 0
        process.communicate(timeout=SECONDS)
    asked = next(one for one in _calls(stage) if one["held"])
    assert _wrong(stage, asked["call"], "it only seeds the tests")[0] == 0
    assert _stats(stage)["wrongly_held"] == 1


def _answered(tmp: Path, thinking_s: float) -> dict[str, object]:
    """The friction of a run whose question was answered at its terminal after ``thinking_s``."""
    stage = Stage(tmp)
    seat = Seat(stage, [_marking(stage), stage.repair()])
    seat.wait_for("r refuse")
    time.sleep(thinking_s)
    seat.type("g")
    seat.wait_for("why is it granted?")
    seat.type("yes\n")
    assert seat.end() == 0, seat.seen
    return _friction(stage)


def test_a_script_that_answers_at_the_terminal_shows_as_instant(tmp_path: Path) -> None:
    found = _answered(tmp_path, 0.6)
    assert (found["answered"], found["instant"]) == (1, 1)


def test_twin_a_person_who_reads_first_does_not(tmp_path: Path) -> None:
    found = _answered(tmp_path, 3)
    assert (found["answered"], found["instant"]) == (1, 0)


def test_stats_count_only_what_is_asked_for(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert _stats(stage)["runs"] == 0
    stage.go([stage.repair()])
    assert _stats(stage, "--here")["runs"] == 1
    assert _stats(stage, "--since", "2100-01-01")["runs"] == 0
    found = _stats(stage)
    assert found["client_prompts"] is None  # this agent's hooks do not tell
    assert found["client_unknown"] == 1
    assert found["median_ms"] is None
    assert found["outcomes"] == {"completed": 1}


ATTACK = """
import glob, json, os, pty, socket, subprocess, sys
state, python, said = {state!r}, {python!r}, open("stocklist/said.txt", "w")
words = [python, "-m", "remit", "explain", "--wrong", "last"]
environ = {{"REMIT_STATE": state, "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}}
mark = [*words, "toolu_", "--reason", "me"]
def tell(*lines):
    print(*lines, file=said, flush=True)
listed = subprocess.run([*words, "--json"], env=environ, capture_output=True, text=True)
tell(listed.stdout, listed.stderr)
try:
    call = json.loads(listed.stdout)["calls"][0]["call"]
except ValueError:
    call = "toolu_1"
mark = [*words, call, "--reason", "me"]
shell = subprocess.run(mark, env=environ, capture_output=True, text=True)
tell(shell.stdout, shell.stderr)
pid, screen = pty.fork()
if pid == 0:
    os.execve(python, mark, environ)
try:
    while data := os.read(screen, 4096):
        tell(data.decode("utf-8", "replace"))
except OSError:
    pass
os.waitpid(pid, 0)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve(python, mark, environ)
    os._exit(0)
os.wait()
for place in glob.glob(state + "/**/control", recursive=True):
    folder, _, name = place.rpartition("/")
    os.chdir(folder)
    door = socket.socket(socket.AF_UNIX)
    door.connect(name)
    word = door.recv(4096)
    tell(word)
    line = {{"do": "mark", "subject": call, "reason": "me"}}
    door.sendall(word.strip() + b" " + json.dumps(line).encode() + b"\\n")
    tell(door.recv(4096))
"""


@pytest.mark.parametrize("means", ["", "none"], ids=["confined", "unconfined"])
def test_the_agent_cannot_mark_its_own_interruptions_wrong(tmp_path: Path, means: str) -> None:
    """By the command, through a terminal of its own making, detached, and at the door itself."""
    stage = Stage(tmp_path, means=means)
    attack = ATTACK.format(state=str(stage.state), python=sys.executable)
    (stage.root / "attack.py").write_text(attack)
    free = '[commands]\nfree = ["python3 attack.py"]\n\n[scope]'
    stage.contract = stage.contract.replace("[scope]", free, 1)
    stage.go([HELD, stage.bash("python3 attack.py"), stage.bash("sleep 2"), stage.repair()])
    said = (stage.root / "stocklist/said.txt").read_text()
    if means:  # it sees the ledger: refused at the command, at a terminal, at the door
        assert said.count("only a person decides") == 3, said
    record = stage.record()
    assert record is not None
    assert record.marks == {}
    found = _stats(stage)
    assert (found["wrongly_held"], found["held"]) == (0, 1)
    assert _wrong(stage, _calls(stage)[0]["call"])[0] == 0  # the twin: a person may


def test_the_agent_of_another_run_cannot_mark_the_calls_of_one_that_is_over(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path, means="none")
    stage.go([HELD, stage.repair()])
    earlier = stage.record()
    assert earlier is not None
    call = _calls(stage)[0]["call"]
    (stage.root / "attack.py").write_text(
        "import os, subprocess, sys\n"
        f"words = ['explain', '--wrong', {earlier.run!r}, {call!r}, '--reason', 'me']\n"
        f"env = {{'REMIT_STATE': {str(stage.state)!r}, 'PATH': os.environ['PATH']}}\n"
        f"done = subprocess.run([{sys.executable!r}, '-m', 'remit', *words], env=env,\n"
        "                      capture_output=True, text=True)\n"
        "open('stocklist/said.txt', 'w').write(done.stdout + done.stderr)\n"
    )
    free = '[commands]\nfree = ["python3 attack.py"]\n\n[scope]'
    stage.contract = stage.contract.replace("[scope]", free, 1)
    stage.go([stage.bash("python3 attack.py"), stage.repair()])
    assert "only a person decides" in (stage.root / "stocklist/said.txt").read_text()
    assert _stats(stage)["wrongly_held"] == 0
    assert _wrong(stage, call, run=earlier.run)[0] == 0
    assert _stats(stage)["wrongly_held"] == 1


def test_a_request_says_what_it_would_touch_and_the_smallest_grant_works_as_printed(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path)
    with stage.start([_marking(stage), stage.repair()], "--wait", "30s") as process:
        _request(stage)
        shown = stage.cli("requests")[1]
        first, *_, last = [x.strip() for x in shown.splitlines() if x.startswith(("  t", "  se"))]
        assert first.startswith("touches: run ./unknown-tool"), shown
        assert (first.endswith("(not known)"), last) == (True, "sensitivity: not known")
        line = next(x for x in shown.splitlines() if "smallest grant: remit " in x)
        words = shlex.split(line.partition("smallest grant: remit ")[2])
        assert words[words.index("--reason") :] == ["--reason", "…"]
        assert stage.cli(*words)[0] == 0
        process.communicate(timeout=SECONDS)
    assert _runs(stage) == 1
    out = stage.cli("packet", "last", "--format", "json")[1]
    assert json.loads(out)["asked"][0]["sensitivity"] == "not known"


STAMP = """
import os, pty, time
if os.fork() == 0:
    os.setsid()
    for n in range(3):  # so that the shell does not wait for it
        os.dup2(os.open("/dev/null", os.O_RDWR), n)
    name = os.environ["REMIT_MARK"][-4:] + "-1"
    words = [{python!r}, "-m", "remit", "grant", name, "--until", "end", "--reason", "me"]
    for _ in range(8):
        pid, screen = pty.fork()
        if pid == 0:
            os.execve(words[0], words, {{"REMIT_STATE": {state!r}, "HOME": "/nonexistent"}})
        try:
            while data := os.read(screen, 4096):
                open("stocklist/said.txt", "ab").write(data)
        except OSError:
            pass
        os.waitpid(pid, 0)
"""


def test_the_agent_cannot_stamp_its_own_request_through_a_terminal_it_makes(tmp_path: Path) -> None:
    stage = Stage(tmp_path, means="none")
    attack = STAMP.format(python=sys.executable, state=str(stage.state))
    (stage.root / "attack.py").write_text(attack)
    free = '[commands]\nfree = ["python3 attack.py"]\n\n[scope]'
    stage.contract = stage.contract.replace("[scope]", free, 1)
    steps = [stage.bash("python3 attack.py"), _marking(stage), stage.repair()]
    with stage.start(steps, "--wait", "12s", "--no-park") as process:
        out, err = process.communicate(timeout=SECONDS)
    assert "only a person decides" in (stage.root / "stocklist/said.txt").read_text(), out + err
    assert _runs(stage) == 0
    found = _friction(stage)
    assert (found["asked"], found["answered"], found["instant"]) == (1, 0, 0)


def test_a_mark_that_is_broken_off_leaves_the_packet_the_gate_believes(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    _, told = stage.go([HELD, stage.repair()])
    record = stage.record()
    assert record is not None
    call = str(_calls(stage)[0]["call"])
    gone = Holder(2**22 - 1, 1, "an earlier boot")
    with SqliteLedger.open(stage.state / "ledger.sqlite3") as ledger:
        lease = ledger.acquire(RunId(record.run), gone, record.last_us + 1)
        by = Granter("Ada", Established.PEER, "a process")
        marked = DecisionMarked(call, "honest", by)
        ledger.append(lease, [marked], record.last_us + 1)
    assert stage.cli("runs")[0] == 0  # closes what a dead process left
    after = stage.record()
    assert after is not None
    assert after.packet == record.packet
    assert len(after.marks) == 1
    assert record.commit is not None
    packet = told["packet"]
    assert isinstance(packet, dict)
    judged = ("gate", "--packet", str(packet["json"]), "--commit", record.commit.commit, "--json")
    assert json.loads(stage.cli(*judged)[1])["verdict"]["outcome"] == told["verdict"]
