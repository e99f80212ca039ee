"""``remit scan``: every message counted once, at the right price, whatever the files look like."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from transcript_lines import MODEL, answer, call, result, write

from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.main import run_command

CORPORA = Path(os.environ.get("REMIT_CORPORA", Path(__file__).parents[2] / "../shared/corpora"))


@pytest.fixture(autouse=True)
def no_prices_of_mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("REMIT_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "projects" / "-home-dev-shop"
    folder.mkdir(parents=True)
    return folder


def scanned(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run_command(["scan", *arguments, "--json"]) == Exit.YES
    return json.loads(capsys.readouterr().out)


def tokens(report: Any) -> dict[str, int]:
    return dict(report["totals"]["tokens"])


def test_records_of_one_answer_are_one_message_at_its_fullest(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    usage = [{"input_tokens": 4, "output_tokens": so_far} for so_far in (2, 91, 91)]
    write(place / "one.jsonl", *(answer(usage=step) for step in usage))
    report = scanned(capsys, str(place))
    assert report["totals"]["messages"] == 1
    assert tokens(report)["output"] == 91
    assert tokens(report)["input"] == 4


def test_the_same_message_under_another_request_is_another_one(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(place / "one.jsonl", answer("msg_1", "req_1"), answer("msg_1", "req_2"))
    assert scanned(capsys, str(place))["totals"]["messages"] == 2


def test_a_resumed_session_does_not_count_again(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = [answer(f"msg_{n}", f"req_{n}") for n in range(3)]
    write(place / "a.jsonl", *first)
    write(place / "b.jsonl", *first, answer("msg_9", "req_9", sessionId="b"))
    report = scanned(capsys, str(place))
    assert report["totals"]["messages"] == 4
    assert report["read"]["repeated_messages"] == 3
    assert {line["session"]: line["messages"] for line in report["sessions"]} == {"a": 3, "b": 1}


def test_the_fuller_record_of_a_message_counts_wherever_it_stands(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(place / "a.jsonl", answer(usage={"input_tokens": 5, "output_tokens": 2}))
    write(place / "b.jsonl", answer(usage={"input_tokens": 5, "output_tokens": 80}))
    report = scanned(capsys, str(place))
    assert tokens(report)["output"] == 80
    assert report["totals"]["messages"] == 1


def test_subagents_and_sidechains_are_counted_and_told_apart(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(place / "one.jsonl", answer(), answer("msg_2", "req_2", isSidechain=True))
    inside = answer("msg_3", "req_3", isSidechain=True, agentId="a1")
    write(place / "one" / "subagents" / "agent-a1.jsonl", inside)
    report = scanned(capsys, str(place))
    assert {line["kind"]: line["messages"] for line in report["by_kind"]} == {
        "main": 1,
        "subagent": 2,
    }
    assert [line["session"] for line in report["sessions"]] == ["one"]


@pytest.mark.parametrize(
    ("split", "micro_usd"),
    [
        ({"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 0}, 3750),
        ({"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 1000}, 6000),
        ({"ephemeral_5m_input_tokens": 400, "ephemeral_1h_input_tokens": 600}, 1500 + 3600),
        ({"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}, 3750),
        (None, 3750),
    ],
)
def test_cache_writes_are_priced_by_how_long_they_live(
    place: Path, capsys: pytest.CaptureFixture[str], split: object, micro_usd: int
) -> None:
    usage = {"cache_creation_input_tokens": 1000, "cache_creation": split}
    write(place / "one.jsonl", answer(usage=usage))
    assert scanned(capsys, str(place))["totals"]["cost_micro_usd"] == micro_usd


def test_each_kind_of_token_has_its_price(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    usage = {"input_tokens": 1000, "output_tokens": 1000, "cache_read_input_tokens": 10_000}
    write(place / "one.jsonl", answer(usage=usage))
    assert scanned(capsys, str(place))["totals"]["cost_micro_usd"] == 3000 + 15_000 + 3000


def test_a_long_prompt_is_priced_at_its_tier(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    usage = {"input_tokens": 1, "cache_read_input_tokens": 200_000, "output_tokens": 10}
    write(place / "one.jsonl", answer(usage=usage))
    assert scanned(capsys, str(place))["totals"]["cost_micro_usd"] == 6 + 120_000 + 225


def test_an_unknown_model_is_flagged_and_estimated_apart(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(place / "one.jsonl", answer(), answer("msg_2", "req_2", model="claude-zeta-9"))
    report = scanned(capsys, str(place))
    assert report["unknown_models"] == ["claude-zeta-9"]
    assert report["totals"]["cost_micro_usd"] == 300 + 150
    assert report["totals"]["estimated_micro_usd"] > report["totals"]["cost_micro_usd"]
    assert tokens(report)["input"] == 200
    known = {line["model"]: line["known"] for line in report["prices"]}
    assert known == {MODEL: True, "claude-zeta-9": False}


def test_prices_of_ones_own_come_first_and_say_where_they_are_from(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(f'[models."{MODEL}"]\ninput = "1.00"\noutput = "2.00"\n')
    write(place / "one.jsonl", answer())
    report = scanned(capsys, str(place), "--prices", str(own))
    assert report["totals"]["cost_micro_usd"] == 100 + 20
    assert [line["source"] for line in report["prices"]] == [str(own)]


def test_the_source_and_the_day_of_a_price_are_shown(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(place / "one.jsonl", answer(model="claude-opus-4-6"))
    (price,) = scanned(capsys, str(place))["prices"]
    assert price["source"].startswith("genai-prices ")
    assert price["since"] == "2026-03-13"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[models.x]\ninput = "1.00"\n', "output"),
        ('[models.x]\ninput = "cheap"\noutput = "2"\n', "line 2"),
        ('[models.x]\ninput = "1"\noutput = "2"\nsince = "May"\n', "since"),
        ('[model.x]\ninput = "1"\n', "model"),
    ],
)
def test_prices_that_do_not_hold_are_refused(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(text)
    write(place / "one.jsonl", answer())
    code = run_command(["scan", str(place), "--prices", str(own), "--json"])
    assert code == Exit.INVALID
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""


def test_a_half_written_line_is_left_for_later(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    half = json.dumps(answer("msg_2", "req_2"))[:-40]
    write(place / "one.jsonl", answer(), half)
    report = scanned(capsys, str(place))
    assert report["totals"]["messages"] == 1
    assert report["read"]["unfinished_files"] == 1
    assert report["read"]["unreadable_lines"] == 0


def test_records_with_spaces_between_are_read_as_well(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(place / "one.jsonl", json.dumps(answer(), indent=None) + "\n")
    assert scanned(capsys, str(place))["totals"]["messages"] == 1


def test_records_nobody_knows_do_no_harm(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        place / "one.jsonl",
        '{"type":"from-the-future","message":{"id":7,"usage":{"input_tokens":"many"}}}\n',
        "not json at all\n\n",
        '{"message":{"id":"msg_x","usage":{"input_tokens":-\n',
        '[{"message":{"role":"assistant"}}]\n',
        answer(),
        {"type": "summary", "summary": "done"},
    )
    report = scanned(capsys, str(place))
    assert report["totals"]["messages"] == 1
    assert report["read"]["unreadable_lines"] == 3


def test_output_that_looks_like_a_record_is_not_counted(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A tool printed a transcript: its text stands escaped inside of a string."""
    forged = json.dumps(answer("msg_9", "req_9"))
    asked = answer(content=[call("toolu_1", "Bash", command="cat old.jsonl")])
    write(place / "one.jsonl", asked, result("toolu_1", f"{forged}\n{forged}"))
    assert scanned(capsys, str(place))["totals"]["messages"] == 1


def test_folders_linked_in_a_circle_end(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(place / "one.jsonl", answer())
    (place / "again").symlink_to(place.parent)
    (place / "twin.jsonl").symlink_to(place / "one.jsonl")
    report = scanned(capsys, str(place.parent))
    assert report["read"]["files"] == 1
    assert report["totals"]["messages"] == 1


def test_a_pipe_among_the_files_holds_nothing_up(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(place / "pipe.jsonl")
    write(place / "one.jsonl", answer())
    assert scanned(capsys, str(place))["read"]["files"] == 1


def test_a_line_beyond_the_limit_is_counted_and_left_out(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (place / "one.jsonl").open("w") as file:
        file.write('{"x":"')
        for _ in range(66):
            file.write("y" * 1024 * 1024)
        file.write('"}\n' + json.dumps(answer()) + "\n")
    report = scanned(capsys, str(place))
    assert report["totals"]["messages"] == 1
    assert report["read"]["too_long_lines"] == 1


def test_days_are_those_of_the_machine(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    write(place / "one.jsonl", answer(at="2026-05-05T23:50:00.000Z"))
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    try:
        assert [line["day"] for line in scanned(capsys, str(place))["by_day"]] == ["2026-05-06"]
    finally:
        monkeypatch.setenv("TZ", "UTC")
        time.tzset()


def test_a_place_that_is_not_there_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["scan", str(tmp_path / "nowhere"), "--json"]) == Exit.USAGE
    assert "No such file" in capsys.readouterr().err


def test_recorded_sessions_add_up_to_what_a_plain_reader_finds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = CORPORA / "trajectories" / "git-ai-fixtures"
    if not folder.is_dir():
        pytest.skip("left out: the corpora are not here")
    fullest: dict[tuple[str, str], dict[str, int]] = {}
    for path in folder.glob("*claude*.jsonl"):
        for line in filter(str.strip, path.read_text(encoding="utf-8").splitlines()):
            record = json.loads(line)
            usage = record.get("message", {}).get("usage")
            if record["type"] == "assistant" and usage:
                key = (record["message"]["id"], record["requestId"])
                if usage["output_tokens"] >= fullest.get(key, usage)["output_tokens"]:
                    fullest[key] = usage
    report = scanned(capsys, str(folder))
    agents = {line["agent"]: line["messages"] for line in report["by_agent"]}
    assert agents["claude-code"] == len(fullest)
    assert tokens(report)["output"] == sum(usage["output_tokens"] for usage in fullest.values())
    assert tokens(report)["cache_read"] == sum(
        usage["cache_read_input_tokens"] for usage in fullest.values()
    )
