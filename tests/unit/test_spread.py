"""Work spread over processes comes back whole and in order."""

from __future__ import annotations

import os

from remit.system.spread import spread


def test_results_come_in_the_order_of_the_jobs() -> None:
    found = list(spread(50, lambda job: b"%d" % job, 3))
    assert found == [b"%d" % job for job in range(50)]


def test_more_jobs_than_a_pipe_holds_tokens_are_done() -> None:
    assert sum(map(len, spread(20_001, lambda job: b"x", 2))) == 20_001


def test_nothing_to_do_is_done_at_once() -> None:
    assert list(spread(0, lambda job: b"", 2)) == []


def test_a_process_that_dies_loses_no_job() -> None:
    first = os.getpid()

    def work(job: int) -> bytes:
        if os.getpid() != first:
            os._exit(9)
        return b"%d" % job

    assert list(spread(8, work, 3)) == [b"%d" % job for job in range(8)]
