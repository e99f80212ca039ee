"""The user's own flags: what passes, what is refused and how it is said."""

from __future__ import annotations

import pytest

from remit.adapters.agents.claude_code.arguments import REFUSED, read_arguments
from remit.errors import UsageError


@pytest.mark.parametrize("flag", sorted(REFUSED))
@pytest.mark.parametrize("form", ["{} value", "{}=value", "-p {}", "prompt {} x"])
def test_a_flag_that_undoes_the_governance_is_refused_in_every_form(flag: str, form: str) -> None:
    with pytest.raises(UsageError) as refusal:
        read_arguments(form.format(flag).split())
    assert flag in refusal.value.message
    assert refusal.value.remedy


@pytest.mark.parametrize("word", ["-c", "-r", "-w", "-pc", "-cp", "-pr", "-rSESSION", "-pwname"])
def test_short_flags_and_clusters_are_read(word: str) -> None:
    with pytest.raises(UsageError):
        read_arguments([word, "x"])


@pytest.mark.parametrize("mode", ["bypassPermissions", "auto", "acceptEdits", "nonsense", ""])
@pytest.mark.parametrize("form", [("--permission-mode", "{}"), ("--permission-mode={}",)])
def test_modes_that_answer_for_a_person_are_refused(mode: str, form: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="permission-mode"):
        read_arguments([word.format(mode) for word in form])


@pytest.mark.parametrize(
    "words",
    [
        ["-p", "fix it"],
        ["-p", "fix it", "--model", "opus", "--max-turns", "3"],
        ["--output-format=stream-json", "--verbose", "-p", "x"],
        ["-p", "--some-future-flag", "x", "--another=1"],
        ["-p", "--permission-mode", "plan", "x"],
        ["-p", "--disallowedTools", "WebFetch"],
        ["-pd", "x"],
        ["-p", "--", "--settings", "-c"],
        ["-p", "remove the --settings flag"],
    ],
)
def test_other_words_pass_as_they_are(words: list[str]) -> None:
    assert read_arguments(words).passed == tuple(words)


def test_what_comes_after_two_dashes_is_no_flag() -> None:
    read = read_arguments(["--", "-p", "--model"])
    assert not read.headless
    assert not read.has_model


@pytest.mark.parametrize("words", [["-p", "x"], ["--print", "x"], ["-dp", "x"], ["-pd", "x"]])
def test_headless_is_seen(words: list[str]) -> None:
    """``-dp`` is ``-d`` with the filter ``p``: not headless."""
    assert read_arguments(words).headless == (words[0] != "-dp")


def test_the_users_own_system_prompt_is_taken_out_to_be_joined_with_ours() -> None:
    read = read_arguments(
        ["-p", "--append-system-prompt", "be brief", "--append-system-prompt-file=x.md", "go"]
    )
    assert read.passed == ("-p", "go")
    assert read.appended == (("text", "be brief"), ("file", "x.md"))


def test_a_flag_without_its_value_is_an_error() -> None:
    with pytest.raises(UsageError, match="needs a value"):
        read_arguments(["-p", "--append-system-prompt"])
