"""What is said of two runs that no recording shows: what was lost, shifted, stopped or doubled."""

from __future__ import annotations

from remit.model.failure import Extent, Failure, Failures
from remit.policy.failures import Verdict, compare, failures_in
from remit.policy.results.runners import Runner

A = Failure("t.py::a", "AssertionError", "t.py::a", 5, "assert 1 == 2")
B = Failure("t.py::b", "KeyError", "x.py::get", 9, "'k'")
B_LATER = Failure("t.py::b", "AssertionError", "t.py::b", 11, "assert 3 == 4")


def run(*found: Failure, extent: Extent = Extent.WHOLE) -> Failures:
    return Failures(found, extent)


def test_the_sentences_name_what_became_of_each_check() -> None:
    assert compare(run(A, B), run(A, B_LATER)).sentences == (
        "The same checks fail, but further along and for a new reason.",
        "1 check fails as before: t.py::a with AssertionError.",
        "1 check fails further along: t.py::b at line 11 after line 9, with "
        "AssertionError: assert 3 == 4.",
    )


def test_a_later_line_in_a_file_that_was_shifted_is_not_further_along() -> None:
    """Blank lines put into a test file move every failure in it."""
    shifted = Failure(A.check, A.error, A.place, A.line + 2, A.message)
    assert compare(run(A, B), run(shifted, B_LATER)).verdict is Verdict.DIFFERENT
    assert compare(run(A, B), run(A, B_LATER)).verdict is Verdict.FURTHER


def test_one_further_along_and_one_that_newly_fails_is_not_further_along() -> None:
    assert compare(run(B), run(A, B_LATER)).verdict is Verdict.DIFFERENT


def test_failing_earlier_is_no_progress() -> None:
    assert compare(run(B_LATER), run(B)).verdict is Verdict.DIFFERENT


def test_fewer_that_were_only_cut_off_are_not_fewer() -> None:
    assert compare(run(A, B), run(A, extent=Extent.PART)).verdict is Verdict.UNKNOWN
    assert compare(run(A, B), run(A, extent=Extent.STOPPED)).verdict is Verdict.UNKNOWN
    assert compare(run(A, B), run(A)).verdict is Verdict.SUBSET


def test_what_was_cut_off_before_does_not_hide_that_less_fails_now() -> None:
    assert compare(run(A, B, extent=Extent.PART), run(A)).verdict is Verdict.SUBSET


def test_fewer_findings_of_one_rule_are_fewer_though_they_read_otherwise() -> None:
    two = Failure("x.py F401", "F401", "x.py", 0, "`os` unused; `sys` unused", 2)
    one = Failure("x.py F401", "F401", "x.py", 0, "`sys` unused")
    assert compare(run(two), run(one)).verdict is Verdict.SUBSET
    assert compare(run(one), run(two)).verdict is Verdict.DIFFERENT


def test_another_value_at_the_same_place_is_similar_and_yet_another_reason() -> None:
    other = Failure(A.check, A.error, A.place, A.line, "assert 7 == 2")
    likeness = compare(run(A), run(other))
    assert (likeness.verdict, likeness.similar) == (Verdict.DIFFERENT, True)
    assert not compare(run(A), run(B)).similar


FAILED = "FAILED t.py::a - assert 1 == 2\n"
INVENTED = "FAILED t.py::ghost - assert 1 == 2\n"
HEADING = "=========================== short test summary info ============================\n"
COUNTED = "=========================== 1 failed in 0.01s ===========================\n"


def test_a_failure_that_a_test_prints_and_then_no_longer_prints_is_no_progress() -> None:
    invented = failures_in(Runner.PYTEST, HEADING + INVENTED + FAILED + COUNTED, 1)
    honest = failures_in(Runner.PYTEST, HEADING + FAILED + COUNTED, 1)
    assert compare(invented, honest).verdict is Verdict.UNKNOWN
    assert not invented.certain


def test_a_failure_that_is_counted_and_then_mended_is_progress() -> None:
    two = COUNTED.replace("1 failed", "2 failed")
    before = failures_in(Runner.PYTEST, HEADING + INVENTED + FAILED + two, 1)
    after = failures_in(Runner.PYTEST, HEADING + FAILED + COUNTED, 1)
    assert compare(before, after).verdict is Verdict.SUBSET


def test_a_check_that_had_to_be_ended_says_so_and_is_no_whole() -> None:
    failures = failures_in(Runner.GENERIC, "all is well so far\n", None)
    assert [one.error for one in failures.found] == ["timeout"]
    assert not failures.certain
    assert compare(failures, failures_in(Runner.GENERIC, "", 0)).verdict is Verdict.SUBSET


def test_what_no_reader_knows_is_told_by_its_last_error_lines_and_is_no_progress() -> None:
    one = failures_in(Runner.GENERIC, "building\nlinking\nfatal: no space on pid 12\n", 3)
    again = failures_in(Runner.GENERIC, "building\nlinking\nfatal: no space on pid 99\n", 3)
    other = failures_in(Runner.GENERIC, "building\nfatal: no such symbol\n", 3)
    assert [(f.error, f.message) for f in one.found] == [("exit 3", "fatal: no space on ~")]
    assert compare(one, again).verdict is Verdict.SAME
    assert compare(one, other).verdict is Verdict.UNKNOWN


def test_a_good_exit_status_leaves_nothing_failed_and_tells_what_was_shown() -> None:
    failures = failures_in(Runner.GENERIC, "x.py:1: error: no  [misc]\n", 0)
    assert (failures.found, bool(failures.note)) == ((), True)


def test_a_script_that_ends_in_a_traceback_is_told_by_it() -> None:
    output = (
        "starting\nTraceback (most recent call last):\n"
        '  File "/srv/p/tool.py", line 3, in <module>\n    main()\n'
        '  File "/srv/p/lib/load.py", line 8, in load\n    raise KeyError("k")\n'
        "KeyError: 'k'\n"
    )
    found = failures_in(Runner.GENERIC, output, 1, root="/srv/p").found
    assert found == (Failure("the command", "KeyError", "lib/load.py::load", 3, "'k'"),)


def test_two_places_of_work_are_alike_where_the_root_is_told() -> None:
    output = "{0}/a.c:3:1: error: no\n{0}/a.c:9:1: error: neither\n"
    one = failures_in(Runner.GENERIC, output.format("/tmp/one"), 1, root="/tmp/one")
    other = failures_in(Runner.GENERIC, output.format("/tmp/two"), 1, root="/tmp/two/")
    assert compare(one, other).verdict is Verdict.SAME
