"""The account on a terminal narrower than it was written for."""

from __future__ import annotations

import click
import pytest

from remit.adapters.render.terminal import fit

WORDS = "the calls are those that the agent's hooks reported; nothing confirms them yet"


@pytest.mark.parametrize("columns", [30, 45, 60])
@pytest.mark.parametrize("line", [WORDS, f"    {WORDS}", f"  ✕ {WORDS}"])
def test_long_lines_are_broken_between_words_and_lose_none(line: str, columns: int) -> None:
    shown = fit(f"{line}\nshort\n", columns)
    assert all(len(part) <= columns for part in shown.splitlines())
    assert shown.split() == [*line.split(), "short"]
    indents = {len(part) - len(part.lstrip()) for part in shown.splitlines()[1:-1]}
    assert indents == {len(line) - len(line.lstrip()) + 2}


def test_what_fits_stays_as_it_is() -> None:
    text = f"  one\n\n{click.style('two', bold=True)}\n"
    assert fit(text, 60) == text


def test_colour_stays_within_each_line() -> None:
    shown = fit(click.style(WORDS, fg="red") + "\n", 40)
    assert len(shown.splitlines()) > 1
    for part in shown.splitlines():
        assert part.startswith("\x1b[31m")
        assert part.endswith("\x1b[0m")
    assert click.unstyle(shown).split() == WORDS.split()


def test_a_terminal_of_no_width_is_given_some() -> None:
    assert max(map(len, fit(WORDS, 0).splitlines())) <= 30
