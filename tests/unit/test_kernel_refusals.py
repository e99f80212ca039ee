"""A bare EACCES becomes a sentence that names the path and what to ask for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.model.contract import Contract, Evidence, Scope
from remit.policy.kernel_refusals import MAX_REFUSALS, kernel_refusals, texts_of

CONTRACT = Contract("g", Scope(edit=("src/**", "README.md")), Evidence(none="n"))


def subjects(text: str) -> list[str]:
    return [one.subject for one in kernel_refusals(text, CONTRACT, "/r", "/r/sub")]


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("touch: cannot touch '/etc/x': Read-only file system", "/etc/x"),
        ("touch: cannot touch '../docs/x': Permission denied", "docs/x"),
        ("bash: line 1: /r/docs/y: Read-only file system", "docs/y"),
        ("bash: /r/docs/y: Permission denied", "docs/y"),
        ("PermissionError: [Errno 13] Permission denied: '/r/NEW.md'", "NEW.md"),
        ("OSError: [Errno 30] Read-only file system: '/srv/.bashrc'", "/srv/.bashrc"),
        ("Error: EROFS: read-only file system, open '/r/a b.txt'", "a b.txt"),
        ("EACCES: permission denied, mkdir '/r/dist'", "dist"),
        ("mv: cannot move ‘a’ to ‘/r/z’: Read-only file system", "z"),
        ("curl: (6) Could not resolve host: pypi.example.org", "pypi.example.org"),
        ("npm error getaddrinfo EAI_AGAIN registry.example.org", "registry.example.org"),
    ],
)
def test_what_the_kernel_refused_is_named(text: str, subject: str) -> None:
    assert subjects(f"before\n{text}\nafter\n") == [subject]


@pytest.mark.parametrize(
    "text",
    [
        "all well",
        "PermissionError: [Errno 13] Permission denied: '/r/src/a.py'",  # in scope: not ours
        "Permission denied (publickey).",
        "assert 'Permission denied' in message",
        "",
    ],
)
def test_twin_what_is_no_refusal_of_ours_is_left_alone(text: str) -> None:
    assert subjects(text) == []


def test_a_refusal_says_what_may_be_changed_and_what_to_ask_for() -> None:
    (refusal,) = kernel_refusals("x: '/r/docs/x': Permission denied", CONTRACT, "/r", "/r")
    assert refusal.message == (
        "docs/x is out of reach in this run, which may change src/**, README.md"
    )
    assert refusal.would_need == "add docs/x to scope.edit in the contract"


@given(st.text(max_size=300))
def test_any_text_is_read_and_the_count_is_bounded(text: str) -> None:
    flood = "".join(f"'/x{n}': Permission denied\n" for n in range(20))
    assert len(kernel_refusals(text + flood, CONTRACT, "/r", "/r")) <= MAX_REFUSALS


def test_the_texts_of_an_answer_come_in_order_however_many_there_are() -> None:
    """A list of a hundred thousand parts must not hold up the answers to other calls."""
    parts = [str(n) for n in range(100_000)]
    assert list(texts_of({"a": ["x", {"b": "y"}], "c": parts, "d": 1})) == ["x", "y", *parts]
