"""What of a message is volatile, and what is the reason it failed."""

from __future__ import annotations

import pytest

from remit.policy.failures.mask import masked, masked_finding

SAME = [
    ("no cart at 0x7f10696c46d0", "no cart at 0x7f2aab7fe4cc"),
    ("no cart in /tmp/cart-12/x", "no cart in /tmp/cart-7741/x"),
    ("at 2026-11-24T04:08:36.549Z", "at 2026-11-23T22:01:00Z"),
    ("timed out after 5.003s", "timed out after 5.001s"),
    ("refused: 127.0.0.1:40123", "refused: 127.0.0.1:39999"),
    ("pid 4711 died", "pid 12 died"),
    ("seed=123456 failed", "seed=9 failed"),
    ("java.lang.Object@174d20a", "java.lang.Object@6a024a67"),
    ("run 550e8400-e29b-41d4-a716-446655440000", "run 7c9e6679-7425-40de-944b-e07fc1f90ae7"),
    ("broke at cart.py:12:3", "broke at cart.py:15:3"),
]
OTHER = [
    ("assert 3 == 4", "assert 2 == 4"),
    ("expected 12 seconds", "expected 13 seconds"),
    ("HTTP 404", "HTTP 500"),
    ("3 failed", "2 failed"),
    ("exit status 1", "exit status 2"),
    ("cannot call method", "cannot call property"),
    ("assert '0x10' == '0x11'", "assert '0x10' == '0x12'"),
    ("expected line 3", "expected line 4"),
    ("version 1.2.3", "version 1.2.4"),
    ("port is missing", "pid is missing"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_messages_that_differ_in_what_is_volatile_are_one(one: str, other: str) -> None:
    assert masked(one) == masked(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_another_value_is_another_reason(one: str, other: str) -> None:
    assert masked(one) != masked(other)


def test_a_line_number_in_a_finding_is_a_place() -> None:
    assert masked_finding("already defined on line 20") == masked_finding(
        "already defined on line 23"
    )
