"""Paths with wildcards that spell part of a name which a pattern takes out."""

from __future__ import annotations

import pytest

from remit.policy.matching import Patterns
from remit.policy.overlap import singles_out


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("secrets/**", "sec*/key"),
        ("secrets/**", "sec*"),
        ("**/secrets/**", "src/sec?ets/key"),
        ("**/secrets/**", "src/[s]ecrets"),
        (".env", ".e*"),
        (".env", "src/.en?"),
        ("*.pem", "src/server.p*"),
        ("a/**/b", "a/x/y/b*"),
        ("notes.txt", "**/n*"),
        ("src/private", "src/pri*/deep/file"),
    ],
)
def test_a_path_that_spells_part_of_the_name_counts(pattern: str, path: str) -> None:
    assert singles_out(pattern, path)
    assert Patterns(("**", f"!{pattern}")).takes_out(path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("secrets/**", "*/key"),
        ("secrets/**", "src/sec*"),
        ("**/secrets/**", "src/*.py"),
        (".env", "*"),
        ("*.pem", "*.py"),
        ("a/**/b", "a/x/y/c*"),
        ("src/private", "src/pub*/file"),
    ],
)
def test_a_path_that_spells_nothing_of_it_does_not(pattern: str, path: str) -> None:
    assert not singles_out(pattern, path)
    assert not Patterns(("**", f"!{pattern}")).takes_out(path)


def test_many_folders_and_wildcards_end_soon() -> None:
    pattern = "**/a/" * 300 + "b"
    assert not singles_out(pattern, "a*/" * 2_000 + "c*")
    assert singles_out(pattern, "a*/" * 2_000 + "b*")
