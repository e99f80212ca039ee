"""Changes that try to make a check say what is not so. Each with its honest twin."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from checked_project import PYTEST, Project
from remit.model import events
from remit.model.contract import Check, Shows
from remit.model.events import CheckPhase, CheckState
from remit.policy.results import evaluate

BROKEN = "def add(a, b):\n    return a - b\n"
MENDED = "def add(a, b):\n    return a + b\n"
TESTS = """
from calc import add

def test_add():
    assert add(1, 2) == 3

def test_zero():
    assert add(0, 0) == 0
"""
BUG_FIX = Check("tests", PYTEST, Shows.RED_THEN_GREEN, 60)
FORGED_REPORT = """
import atexit, os, re, sys

def forge():
    path = next(word for word in sys.argv if word.startswith("--junitxml="))[11:]
    with open(path, "w") as file:
        cases = '<testcase classname="test_calc" name="a"/>' * 2
        file.write(f'<testsuites><testsuite>{cases}</testsuite></testsuites>')
    MORE
    sys.stdout.flush()
    os._exit(0)

atexit.register(forge)
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def _started(project: Project, **more: str) -> str:
    return project.commit(
        {"calc.py": BROKEN, "tests/test_calc.py": TESTS, "conftest.py": "", **more}
    )


def test_twin_an_honest_fix_is_red_then_green(project: Project) -> None:
    start = _started(project)
    end = project.commit({"calc.py": MENDED})
    before = project.before(BUG_FIX, start)
    (after,) = project.after(BUG_FIX, start, end, before)
    assert (before.state, before.failing) == (CheckState.FAILED, ("tests/test_calc.py::test_add",))
    assert (after.state, after.counts) == (CheckState.PASSED, events.TestCounts(2, 0, 0))
    assert (after.runner_changed, after.notes) == ((), ("ran unconfined",))
    assert evaluate(BUG_FIX, before, after)[0]
    assert list(project.work.iterdir()) == []


def test_a_new_conftest_that_exits_zero_is_not_used(project: Project) -> None:
    start = project.commit({"calc.py": BROKEN, "tests/test_calc.py": TESTS})
    evil = """
import os

def pytest_sessionfinish():
    print("5 passed in 0.01s")
    os._exit(0)
"""
    end = project.commit({"tests/conftest.py": evil})
    after, own = project.after(Check("tests", PYTEST), start, end)
    assert after.phase is CheckPhase.AFTER
    assert after.runner_changed == ("tests/conftest.py",)
    assert after.state is CheckState.FAILED
    assert own.phase is CheckPhase.AFTER_OWN_RUNNER
    assert own.state is CheckState.CONTRADICTED
    assert own.runner_from == end


def test_twin_an_honest_runner_change_shows_the_same_both_ways(project: Project) -> None:
    start = _started(project)
    end = project.commit({"calc.py": MENDED, "pytest.ini": "[pytest]\nminversion = 7\n"})
    after, own = project.after(BUG_FIX, start, end)
    assert after.runner_changed == ("pytest.ini",)
    assert (after.state, own.state) == (CheckState.PASSED, CheckState.PASSED)
    assert after.counts == own.counts


def test_a_conftest_that_monkeypatches_reporting_is_not_used(project: Project) -> None:
    start = _started(project)
    evil = """
import pytest

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    report.outcome = "passed"
    return report
"""
    end = project.commit({"conftest.py": evil})
    after, own = project.after(BUG_FIX, start, end)
    assert after.state is CheckState.FAILED
    assert own.state is CheckState.PASSED


def test_deselecting_by_configuration_is_not_used(project: Project) -> None:
    start = _started(project)
    end = project.commit(
        {"pytest.ini": "[pytest]\naddopts = --deselect tests/test_calc.py::test_add\n"}
    )
    before = project.before(BUG_FIX, start)
    after, own = project.after(BUG_FIX, start, end, before)
    assert after.state is CheckState.FAILED
    assert own.state is CheckState.PASSED
    assert "vanished: tests/test_calc.py::test_add" in own.notes
    assert "1 tests deselected" in own.notes
    assert not evaluate(BUG_FIX, before, own)[0]


def test_a_test_module_that_exits_zero_on_import(project: Project) -> None:
    start = _started(project)
    end = project.commit({"tests/test_calc.py": "import os\nos._exit(0)\n"})
    _, after = project.both(PYTEST, start, end)
    assert after.exit_code == 0
    assert after.state is CheckState.CONTRADICTED
    assert any("printed no summary" in note for note in after.notes)


def test_a_printed_summary_without_a_result_file(project: Project) -> None:
    start = _started(project)
    evil = "import os\nos.write(1, b'=== 5 passed in 0.01s ===\\n')\nos._exit(0)\n"
    end = project.commit({"tests/test_calc.py": evil})
    _, after = project.both(f"{PYTEST} -s", start, end)
    assert after.state is CheckState.CONTRADICTED
    assert any("result file it was asked for is missing" in note for note in after.notes)


def test_a_forged_result_file_against_the_summary(project: Project) -> None:
    start = _started(project)
    end = project.commit({"tests/test_calc.py": TESTS + FORGED_REPORT.replace("MORE", "")})
    _, after = project.both(PYTEST, start, end)
    assert after.exit_code == 0
    assert after.state is CheckState.CONTRADICTED
    assert any("summary counts failing tests" in note for note in after.notes)


def test_a_forged_result_file_and_a_second_summary(project: Project) -> None:
    start = _started(project)
    more = "print('=== 2 passed in 0.01s ===')"
    end = project.commit({"tests/test_calc.py": TESTS + FORGED_REPORT.replace("MORE", more)})
    _, after = project.both(PYTEST, start, end)
    assert after.state is CheckState.CONTRADICTED
    assert any("summaries that differ" in note for note in after.notes)


def test_a_result_file_with_entities(project: Project) -> None:
    start = _started(project)
    evil = FORGED_REPORT.replace("<testsuites>", '<!DOCTYPE x [<!ENTITY a "b">]><testsuites>')
    mended = TESTS.replace("add(1, 2) == 3", "True")
    end = project.commit({"tests/test_calc.py": mended + evil.replace("MORE", "")})
    _, after = project.both(PYTEST, start, end)
    assert after.state is CheckState.CONTRADICTED
    assert any("declares a document type" in note for note in after.notes)


def test_an_empty_test_file_is_no_green(project: Project) -> None:
    start = _started(project)
    end = project.commit({"tests/test_calc.py": ""})
    before, after = project.both(PYTEST, start, end)
    assert (after.exit_code, after.state) == (5, CheckState.FAILED)
    assert "no tests ran" in after.notes
    assert not evaluate(BUG_FIX, before, after)[0]


def test_deleting_the_failing_test(project: Project) -> None:
    start = _started(project)
    kept = TESTS.replace("def test_add", "def helper")
    end = project.commit({"tests/test_calc.py": kept})
    before, after = project.both(PYTEST, start, end)
    assert after.state is CheckState.PASSED
    assert "1 fewer tests than at the start commit" in after.notes
    assert "vanished: tests/test_calc.py::test_add" in after.notes
    satisfied, why = evaluate(BUG_FIX, before, after)
    assert not satisfied
    assert "no longer exist" in why


def test_a_module_that_shadows_the_runner(project: Project) -> None:
    start = _started(project)
    evil = "import sys\nprint('=== 2 passed in 0.01s ===')\nsys.exit(0)\n"
    end = project.commit({"pytest.py": evil, "json.py": "raise SystemExit(0)\n"})
    after, own = project.after(BUG_FIX, start, end)
    assert after.runner_changed == ("json.py", "pytest.py")
    assert after.state is CheckState.FAILED
    assert own.state is CheckState.CONTRADICTED


def test_a_link_in_the_place_of_a_runner_folder_is_not_followed(
    project: Project, tmp_path: Path
) -> None:
    start = _started(project, **{"tests/conftest.py": "# as it was\n"})
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "conftest.py").write_text("# the user's\n")
    shutil.rmtree(project.root / "tests")
    (project.root / "tests").symlink_to(outside)
    end = project.commit({})
    after, _own = project.after(BUG_FIX, start, end)
    assert "tests/conftest.py" in after.runner_changed
    assert (outside / "conftest.py").read_text() == "# the user's\n"
    assert [path.name for path in outside.iterdir()] == ["conftest.py"]


def test_make_with_another_recipe(project: Project) -> None:
    start = _started(project, Makefile="test:\n\tpython -m pytest -q\n")
    end = project.commit({"Makefile": "test:\n\t@echo '2 passed in 0.1s'\n"})
    after, own = project.after(Check("tests", "make test"), start, end)
    assert after.runner_changed == ("Makefile",)
    assert after.state is CheckState.FAILED
    assert own.state is CheckState.PASSED


def test_a_wrapped_runner_that_falls_silent(project: Project) -> None:
    start = _started(project, Makefile="test:\n\tpython -m pytest -q\n")
    end = project.commit({"tests/test_calc.py": "import os\nos._exit(0)\n"})
    _, after = project.both("make test", start, end)
    assert after.exit_code == 0
    assert after.state is CheckState.CONTRADICTED


def test_a_script_the_check_calls(project: Project) -> None:
    start = _started(project, **{"ci/test.sh": "python -m pytest -q\n"})
    end = project.commit({"ci/test.sh": "exit 0\n"})
    after, own = project.after(Check("tests", "sh ci/test.sh"), start, end)
    assert after.runner_changed == ("ci/test.sh",)
    assert (after.state, own.state) == (CheckState.FAILED, CheckState.PASSED)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_node_tests_and_a_change_of_package_scripts(project: Project) -> None:
    bad = "import test from 'node:test';\nimport a from 'node:assert';\n" + (
        "import { one } from './one.mjs';\ntest('one is one', () => a.equal(one, 1));\n"
    )
    start = project.commit(
        {
            "one.mjs": "export const one = 2;\n",
            "one.test.mjs": bad,
            "package.json": '{"scripts": {"test": "node --test"}}',
        }
    )
    end = project.commit({"package.json": '{"scripts": {"test": "true"}}'})
    check = Check("tests", "npm test", Shows.RED_THEN_GREEN, 60)
    project.environ["PATH"] += f":{Path(shutil.which('node') or '').parent}"
    before = project.before(check, start)
    assert (before.state, before.failing) == (CheckState.FAILED, ("one is one",))
    after, own = project.after(check, start, end, before)
    assert after.runner_changed == ("package.json",)
    assert (after.state, own.state) == (CheckState.FAILED, CheckState.CONTRADICTED)
    mended = project.commit({"one.mjs": "export const one = 1;\n"})
    after, _own = project.after(check, start, mended, before)
    assert evaluate(check, before, after) == (
        True,
        "red at the start commit, green after the run: one is one",
    )


def test_twin_a_test_module_that_could_not_be_imported_before(project: Project) -> None:
    """Its id is the module's then, and its tests have ids of their own afterwards."""
    start = project.commit({"calc.py": "", "tests/test_calc.py": TESTS})
    end = project.commit({"calc.py": MENDED})
    before = project.before(BUG_FIX, start)
    (after,) = project.after(BUG_FIX, start, end, before)
    assert before.state is CheckState.FAILED
    assert before.failing == ("tests/test_calc.py",)
    assert after.notes == ("ran unconfined",)
    assert evaluate(BUG_FIX, before, after) == (
        True,
        "red at the start commit, green after the run: tests/test_calc.py",
    )
