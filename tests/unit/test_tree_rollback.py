"""``remit rollback`` and ``remit gc`` on a run that really happened."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from remit.interfaces.cli.desk import open_desk
from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.main import run_command
from remit.model.contract import RiskClass, Scope
from remit.model.ids import RunId
from remit.model.record import RunRecord, gather
from remit.services.runs import Plan, close, look_at_tree, open_run
from remit.storage.locate import open_state
from remit.storage.sqlite import SqliteLedger
from remit.system.confine.ability import find_ability
from remit.system.git import open_repository
from remit.testing.builders import contract
from remit.testing.trees import TreeBed

RUN = RunId("261122-k7m2q9xw")
OTHER = RunId("261122-k7m2q9xx")


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[TreeBed]:
    with TreeBed(tmp_path) as bed:
        yield bed


def crossing_run(bed: TreeBed, run: RunId = RUN) -> None:
    """A closed run that edited in scope, and wrote, deleted and changed out of it."""
    with open_desk() as desk:
        repository = open_repository(bed.root, desk.state.repository)
        scope = Scope(edit=("src/**",))
        opened = open_run(
            desk,
            Plan(repository, contract(scope=scope), RiskClass.LOW, "Ada", find_ability({})),
            run,
        )
        with opened.closing:
            opened.comparison.began()
            bed.write("src/app.py", "print('bye')\n")
            bed.write("lib/out.py", "1\n")
            bed.write("README.md", "Changed.\n")
            look_at_tree(opened)
            close(opened)


def record(run: RunId = RUN) -> RunRecord:
    with closing(SqliteLedger.open(open_state(os.environ).ledger)) as ledger:
        assert ledger.verify(run) == ()
        return gather(run, ledger.recorded(run))


def steps(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    return {step["path"]: step["action"] for step in json.loads(capsys.readouterr().out)["steps"]}


def test_the_preview_names_what_crossed_and_touches_nothing(
    bed: TreeBed, capsys: pytest.CaptureFixture[str]
) -> None:
    crossing_run(bed)
    capsys.readouterr()
    assert run_command(["rollback", RUN, "--preview", "--json"]) == Exit.YES
    assert steps(capsys) == {"README.md": "write", "lib/out.py": "remove"}
    assert (bed.root / "lib/out.py").exists()
    assert record().restored == []


def test_what_crossed_is_restored_recorded_and_can_be_undone(bed: TreeBed) -> None:
    crossing_run(bed)
    assert run_command(["rollback", RUN, "--yes"]) == Exit.YES
    assert (bed.root / "README.md").read_text() == "A tree.\n"
    assert not (bed.root / "lib").exists()
    assert (bed.root / "src/app.py").read_text() == "print('bye')\n"
    assert sorted(record().restored) == ["README.md", "lib/out.py"]
    assert set(record().crossed) == {"README.md", "lib/out.py"}
    assert run_command(["rollback", RUN, "--undo", "--yes"]) == Exit.YES
    assert (bed.root / "README.md").read_text() == "Changed.\n"
    assert (bed.root / "lib/out.py").read_text() == "1\n"


def test_an_undo_gives_the_record_its_changes_back(bed: TreeBed) -> None:
    crossing_run(bed)
    before = dict(record().changes)
    run_command(["rollback", RUN, "--yes"])
    run_command(["rollback", RUN, "--undo", "--yes"])
    assert record().changes == before


def test_named_paths_alone_are_restored(bed: TreeBed) -> None:
    crossing_run(bed)
    assert run_command(["rollback", RUN, "--paths", "src/app.py", "--yes"]) == Exit.YES
    assert (bed.root / "src/app.py").read_text() == "print('hello')\n"
    assert (bed.root / "lib/out.py").exists()


def test_work_done_after_the_run_is_not_overwritten(
    bed: TreeBed, capsys: pytest.CaptureFixture[str]
) -> None:
    crossing_run(bed)
    bed.write("README.md", "Repaired by hand.\n")
    capsys.readouterr()
    assert run_command(["rollback", RUN, "--yes", "--json"]) == Exit.NO
    assert steps(capsys) == {"README.md": "refuse", "lib/out.py": "remove"}
    assert (bed.root / "README.md").read_text() == "Repaired by hand.\n"
    assert run_command(["rollback", RUN, "--paths", "README.md", "--yes"]) == Exit.YES
    assert (bed.root / "README.md").read_text() == "A tree.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [RUN],
        ["261122-aaaaaaaa", "--yes"],
        ["../../etc", "--yes"],
        [RUN, "--paths", "never-touched", "--yes"],
        [RUN, "--undo", "--paths", "README.md", "--yes"],
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(bed: TreeBed, arguments: list[str]) -> None:
    crossing_run(bed)
    assert run_command(["rollback", *arguments]) == Exit.USAGE
    assert (bed.root / "README.md").read_text() == "Changed.\n"


def test_a_snapshot_that_was_tampered_with_is_not_restored(bed: TreeBed) -> None:
    crossing_run(bed)
    place = open_state(os.environ).run(RUN) / "snapshot"
    place.write_bytes(place.read_bytes().replace(b"README.md", b"README.mx"))
    assert run_command(["rollback", RUN, "--yes"]) == Exit.INTEGRITY
    assert (bed.root / "README.md").read_text() == "Changed.\n"


def test_old_snapshots_go_and_kept_ones_still_restore(
    bed: TreeBed, capsys: pytest.CaptureFixture[str]
) -> None:
    crossing_run(bed)
    bed.write("lib/out.py", "2\n")
    crossing_run(bed, OTHER)
    capsys.readouterr()
    assert run_command(["gc", "--json"]) in (None, Exit.YES)
    assert json.loads(capsys.readouterr().out)["runs"] == []
    assert run_command(["gc", "--keep", "1", "--json"]) in (None, Exit.YES)
    assert json.loads(capsys.readouterr().out)["runs"] == [RUN]
    assert run_command(["rollback", RUN, "--yes"]) == Exit.USAGE
    assert run_command(["rollback", OTHER, "--paths", "lib/out.py", "--yes"]) == Exit.YES
    assert (bed.root / "lib/out.py").read_text() == "2\n"
