"""The command line of a session that goes on: the person's flags, and never their prompt again."""

from __future__ import annotations

import pytest

from remit.adapters.agents.claude_code.arguments import read_arguments
from remit.adapters.agents.claude_code.resumption import flags_of


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["-p", "do it"], ("-p",)),
        (["do it", "-p"], ("-p",)),
        (["-p", "--model", "opus", "do it"], ("-p", "--model", "opus")),
        (["-p", "--model=opus", "do it"], ("-p", "--model=opus")),
        (
            ["-p", "--tools", "Bash", "Edit", "--verbose", "go"],
            ("-p", "--tools", "Bash", "Edit", "--verbose"),
        ),
        (["-p", "--", "--model", "x"], ("-p",)),
    ],
)
def test_the_prompt_is_left_out(words: list[str], kept: tuple[str, ...]) -> None:
    assert flags_of(read_arguments(words)) == kept


@pytest.mark.parametrize("flag", ["--brand-new", "--brand-new=1", "--debug", "--input-format"])
def test_where_a_flag_is_not_known_the_prompt_cannot_be_told(flag: str) -> None:
    assert flags_of(read_arguments(["-p", flag, "do it"])) is None
