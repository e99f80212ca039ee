"""Grants that end, in whole runs: by use, by the clock, with the run; and the list of them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from scripted_run import SECONDS, Stage
from test_grants_answered import _marking, _request, _runs


def _grants(stage: Stage, *words: str) -> list[dict[str, object]]:
    code, out = stage.cli("grants", *words, "--json")
    assert code == 0, out
    found: list[dict[str, object]] = json.loads(out)["grants"]
    return found


def _answer(stage: Stage, process: subprocess.Popen[str], *end: str) -> str:
    """Grant the first request with this end; what the run printed."""
    request = str(_request(stage)["request"])
    code, out = stage.cli("grant", request, *end, "--reason", "needed once")
    assert code == 0, out
    told, err = process.communicate(timeout=SECONDS)
    return told + err


def test_one_use_runs_once_and_the_second_call_is_held(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    marking = _marking(stage)
    with stage.start([marking, marking, stage.repair()], "--wait", "6s", "--no-park") as process:
        told = _answer(stage, process, "--uses", "1")
    assert _runs(stage) == 1, told
    (grant,) = _grants(stage)
    assert (grant["status"], grant["used"], grant["left"]) == ("used up", 1, 0)
    code, out = stage.cli("grants", "last")
    assert code == 0
    assert "used up: command ./unknown-tool --now, 0 of 1 uses left" in out
    assert "(peer): needed once" in out


def test_what_was_granted_once_is_renewed_with_a_call_that_speaks_for_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    marking = _marking(stage)
    with stage.start([marking, marking, stage.repair()], "--wait", "30s") as process:
        request = str(_request(stage)["request"])
        assert stage.cli("grant", request, "--uses", "1", "--reason", "needed once")[0] == 0
        stage.wait_for(lambda record: len(record.requests) == 2)
        again = _request(stage)
        yes = ("grant", str(again["request"]), "--uses", "1", "--reason", "it worked")
        assert str(again["smallest"]).startswith(f"{' '.join(('remit', *yes[:4]))} --shown-by CALL")
        code, out = stage.cli(*yes)
        assert code == 2
        assert "a renewal needs a call of this run" in out
        assert _runs(stage) == 1
        (first,) = _grants(stage, "last")
        calls = first["calls"]
        assert isinstance(calls, list)
        code, out = stage.cli(*yes, "--shown-by", str(calls[0]))
        assert code == 0, out
        process.communicate(timeout=SECONDS)
    assert _runs(stage) == 2
    first, second = _grants(stage)
    assert (second["renews"], second["shown"]) == (first["grant"], calls[0])


def test_until_the_end_of_the_task_runs_as_often_as_it_is_asked(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    marking = _marking(stage)
    with stage.start([marking, marking, stage.repair()], "--wait", "20s") as process:
        told = _answer(stage, process, "--until", "end")
    assert _runs(stage) == 2, told
    (grant,) = _grants(stage, "last")
    assert (grant["status"], grant["used"], grant["left"]) == ("the run ended", 2, None)


def test_a_new_run_has_none_of_the_last_ones_grants_however_well_that_ended(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path)
    marking = _marking(stage)
    with stage.start([marking, stage.repair()], "--wait", "20s") as process:
        _answer(stage, process, "--until", "end")
        assert process.returncode == 0
    assert _runs(stage) == 1
    with stage.start([marking], "--wait", "0", "--no-park") as process:
        out, err = process.communicate(timeout=SECONDS)
    assert _runs(stage) <= 1, out + err
    record = stage.record()
    assert record is not None
    assert len(record.requests) == 1
    assert record.grants == []
    assert len(_grants(stage)) == 1


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ((), "a grant needs an end"),
        (("--until", "30m"), "--for 30m"),
        (("--until", "end", "--for", "30m"), "two ends"),
        (("--for", "soon"), "is no time"),
        (("--uses", "0"), "0 is not in the range"),
    ],
)
def test_a_grant_without_a_clear_end_is_refused(
    tmp_path: Path, end: tuple[str, ...], said: str
) -> None:
    code, out = Stage(tmp_path).cli("grant", "k7m2-1", *end, "--reason", "needed")
    assert code == 2
    assert said in out


def test_a_clock_that_ran_out_shows_as_expired(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    marking = _marking(stage)
    steps = [marking, stage.bash("sleep 3"), marking, stage.repair()]
    with stage.start(steps, "--wait", "6s", "--no-park") as process:
        _answer(stage, process, "--for", "1s")
    assert _runs(stage) == 1
    (grant,) = _grants(stage)
    assert grant["status"] == "expired"


def test_a_revoked_grant_says_who_ended_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    marking = _marking(stage)
    steps = [marking, stage.bash("sleep 4"), marking, stage.repair()]
    with stage.start(steps, "--wait", "6s", "--no-park") as process:
        request = str(_request(stage)["request"])
        code, out = stage.cli("grant", request, "--until", "end", "--reason", "needed", "--json")
        assert code == 0, out
        name = json.loads(out)["grant"]["grant"]
        stage.wait_for(lambda record: bool(record.uses))
        code, out = stage.cli("revoke", name, "--reason", "expired")
        assert code == 0, out
        process.communicate(timeout=SECONDS)
    assert _runs(stage) == 1
    (grant,) = _grants(stage)
    assert (grant["status"], grant["ended"]) == ("revoked", "expired")
    assert grant["ended_by"] != "remit"


def test_there_are_no_grants_where_nothing_ran(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert _grants(stage) == []
    assert "Nothing was granted." in stage.cli("grants")[1]
