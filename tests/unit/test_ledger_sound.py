"""The quick look at a chain: it vouches for what was written and for nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from remit.model import events as e
from remit.model.ids import RunId
from remit.storage.chaining import link_events
from remit.storage.ledger import START, Head
from remit.storage.sound import sound_head

RUN = RunId("261122-aaaaaaaa")
LINKED = link_events(RUN, START, [e.ClaimMade("one"), e.ClaimMade("two")], 1_700_000_000_000_000)
ROWS = [
    (entry.header_bytes, bytes.fromhex(entry.link.removeprefix("sha256:")), entry.body)
    for entry in LINKED
]


def sound(run: RunId, rows: Sequence[tuple[bytes, bytes, bytes | None]]) -> Head | None:
    return sound_head(run, rows, {})


def flips(data: bytes) -> list[bytes]:
    """``data`` with each byte changed in turn."""
    return [data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in range(len(data))]


def test_an_honest_chain_is_vouched_for_up_to_its_head() -> None:
    kinds: dict[bytes, list[int]] = {}
    assert sound_head(RUN, ROWS, kinds) == Head(2, LINKED[-1].link)
    assert kinds == {b"claim.made": [1, 2]}
    assert sound(RUN, []) == START


def test_no_changed_byte_is_vouched_for() -> None:
    header, link, body = ROWS[1]
    assert body is not None
    changed = [(other, link, body) for other in flips(header)]
    changed += [(header, other, body) for other in flips(link)]
    changed += [(header, link, other) for other in flips(body)]
    assert [row for row in changed if sound(RUN, [ROWS[0], row]) is not None] == []


def test_a_chain_of_another_run_a_gap_and_an_emptied_body_are_left_to_the_slow_look() -> None:
    assert sound(RunId("261122-bbbbbbbb"), ROWS) is None
    assert sound(RUN, ROWS[1:]) is None
    assert sound(RUN, ROWS[::-1]) is None
    assert sound(RUN, [(ROWS[0][0], ROWS[0][1], None)]) is None
