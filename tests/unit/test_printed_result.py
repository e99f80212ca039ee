"""The result a client prints is read as it passes by, and what passes is not touched."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest

from remit.codec.printed_result import MOST_LINE, PrintedResult
from remit.interfaces.supervisor.relay import relayed
from remit.model.claimed_events import ResultClaimed

USED = {"inputTokens": 200, "outputTokens": 40, "cacheReadInputTokens": 7, "costUSD": 0.0016}


def result(dollars: object = 0.0016, **more: object) -> str:
    whole = {"result": "fine", "total_cost_usd": dollars, "modelUsage": {"opus": USED}, **more}
    return json.dumps({"duration_ms": 5, **whole, "type": more.get("type", "result")})


def read(*pieces: bytes) -> ResultClaimed | None:
    printed = PrintedResult()
    for piece in pieces:
        printed.feed(piece)
    printed.close()
    return printed.claim


CLAIM = ResultClaimed(247, 1_600)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (result(), CLAIM),
        ('{"type":"system"}\nwords\n' + result() + "\n", CLAIM),
        ("[" + '{"type":"system"},' + result() + "]", CLAIM),
        (result(0.5) + "\n" + result() + "\n", CLAIM),
        (result() + '\n{"type":"assistant","text":"\\"total_cost_usd\\""}', CLAIM),
        (result(-1), None),
        (result(1e300), None),
        (result("free"), None),
        (result(modelUsage={"opus": {"inputTokens": -5}}), None),
        (result(type="assistant"), None),
        ('"total_cost_usd"' + "[" * 100_000, None),
        ("", None),
    ],
    ids=[
        *("alone", "last of a stream", "in a list", "the last of several", "named in words"),
        *("negative", "endless", "no number", "no count", "not a result", "deep", "nothing"),
    ],
)
def test_what_a_client_prints(text: str, expected: ResultClaimed | None) -> None:
    data = text.encode()
    assert read(data) == expected
    assert read(*(data[at : at + 7] for at in range(0, min(len(data), 5_000), 7))) == expected


def test_a_line_without_end_is_not_kept_and_the_next_is_read() -> None:
    piece = b"x" * 1_000_000
    printed = PrintedResult()
    for _ in range(2 * MOST_LINE // len(piece)):
        printed.feed(piece)
    printed.feed(b"\n" + result().encode())
    printed.close()
    assert printed.claim == CLAIM


def test_every_byte_passes_as_it_is(tmp_path: Path) -> None:
    """Also bytes that are no text, control characters, and the end of a line that is missing."""
    sent = bytes(range(256)) * 2_000 + b"\n" + result().encode()
    printed = PrintedResult()
    with (tmp_path / "out").open("w+b") as file, os.fdopen(os.dup(file.fileno()), "w") as stdout:
        with relayed(stdout, printed.feed) as output:
            assert output.stdout is not None
            for at in range(0, len(sent), 9_999):
                os.write(output.stdout, sent[at : at + 9_999])
        file.seek(0)
        assert file.read() == sent
    printed.close()
    assert printed.claim == CLAIM


def test_a_reader_that_is_gone_is_gone_for_the_agent_too() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stdout, relayed(stdout, lambda data: None) as output:
        assert output.stdout is not None
        os.write(output.stdout, b"first")
        with pytest.raises(BrokenPipeError):
            for _ in range(200):
                os.write(output.stdout, b"more")
                time.sleep(0.01)


def test_where_nobody_looks_the_agent_has_our_own_output() -> None:
    with relayed(sys.stdout) as output:
        assert output.stdout is None


def test_a_terminal_gets_no_control_characters_and_the_result_is_read_all_the_same() -> None:
    """What is shown is escaped; what is looked at is what was printed."""
    master, slave = os.openpty()
    printed = PrintedResult()
    sent = b"\x1b]0;mine\x07\n" + result().encode() + b"\n"
    with os.fdopen(slave, "w") as stdout:
        with relayed(stdout, printed.feed) as output:
            assert output.stdout is not None
            os.write(output.stdout, sent)
        shown = os.read(master, 65536)
    os.close(master)
    assert b"\x1b" not in shown
    assert b'"total_cost_usd": 0.0016' in shown
    assert printed.claim == CLAIM
