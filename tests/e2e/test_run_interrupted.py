"""A run that is interrupted at any moment is closed, leaves nothing alive and has a packet."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from scripted_run import SECONDS, Stage, marked

from remit.interfaces.demo.repository import CHECK
from remit.model.record import RunRecord

SLOW = f"sleep 30 && {CHECK}"
LATE = f"sleep 3 && {CHECK}"


def opened(record: RunRecord) -> bool:
    return record.snapshot is not None


def working(record: RunRecord) -> bool:
    return any(call.decision and not call.finished for call in record.calls.values())


def proving(record: RunRecord) -> bool:
    return record.commit is not None


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_twin_a_run_left_alone_passes(stage: Stage) -> None:
    code, result = stage.go([[stage.repair()]])
    assert (code, result["verdict"]) == (0, "pass")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_during_the_first_checks_closes_the_run(tmp_path: Path, number: int) -> None:
    stage = Stage(tmp_path, SLOW)
    with stage.start([]) as process:
        stage.wait_for(opened)
        process.send_signal(number)
        out, err = process.communicate(timeout=SECONDS)
    record = stage.record()

    assert record is not None, err
    assert record.closed is not None
    assert record.closed.ending == "killed"
    assert record.packet is not None
    assert Path(json.loads(out)["packet"]["json"]).exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_agent_works_closes_the_run(stage: Stage, number: int) -> None:
    with stage.start([[stage.bash("tail -f README.md")]]) as process:
        record = stage.wait_for(working)
        process.send_signal(number)
        process.communicate(timeout=SECONDS)
    closed = stage.record()

    assert closed is not None
    assert closed.closed is not None
    assert closed.closed.ending == "killed"
    assert not marked(record.run)


@pytest.mark.parametrize("moment", [opened, working, proving])
def test_a_killed_supervisor_is_closed_by_the_next_command(tmp_path: Path, moment) -> None:
    stage = Stage(tmp_path, SLOW if moment is opened else LATE)
    steps = [[stage.bash("tail -f README.md")]] if moment is working else []
    with stage.start(steps) as process:
        record = stage.wait_for(moment)
        process.kill()
        process.communicate(timeout=SECONDS)
    code, said = stage.cli("runs")
    after = stage.record()

    assert code == 0
    assert "abandoned" in said
    assert after is not None
    assert after.closed is not None
    assert after.packet is not None
    assert len(after.calls) >= len(record.calls)
    assert not marked(record.run)


def test_a_second_signal_does_not_cost_the_packet(tmp_path: Path) -> None:
    stage = Stage(tmp_path, SLOW)
    with stage.start([]) as process:
        stage.wait_for(opened)
        process.send_signal(signal.SIGINT)
        stage.wait_for(lambda record: record.stopped is not None)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS)
    record = stage.record()

    assert record is not None
    assert record.closed is not None
    assert record.packet is not None


def test_remit_kill_during_the_first_checks_closes_the_run(tmp_path: Path) -> None:
    stage = Stage(tmp_path, SLOW)
    with stage.start([]) as process:
        stage.wait_for(opened)
        code, said = stage.cli("kill", "last")
        process.communicate(timeout=SECONDS)
    record = stage.record()

    assert code == 0, said
    assert record is not None
    assert record.closed is not None
    assert record.closed.ending == "killed"


def test_a_new_run_starts_after_a_killed_one(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    with stage.start([[stage.bash("tail -f README.md")]]) as process:
        stage.wait_for(working)
        process.kill()
        process.communicate(timeout=SECONDS)

    code, result = stage.go([[stage.repair()]])
    assert (code, result["verdict"]) == (0, "pass")
