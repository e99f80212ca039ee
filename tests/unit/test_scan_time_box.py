"""What came after the default time box, told from a scan."""

from __future__ import annotations

from pathlib import Path

from transcript_lines import answer, write

from remit.model.contract import Budget
from remit.model.scan import ScanReport
from remit.services.scan.count import TIME_BOX_S
from remit.services.scan.find import find
from remit.services.scan.prices import load_prices
from remit.services.scan.report import Filter
from remit.services.scan.scan import Scan, scan
from remit.storage.locate import StateDir
from remit.storage.scan_index import open_index


def scanned(tmp_path: Path, *minutes: int, **more: object) -> ScanReport:
    """The report on one session with a message at each of ``minutes``."""
    records = [
        answer(f"msg_{at}", at=f"2026-11-02T{10 + at // 60}:{at % 60:02}:00.000Z", **more)
        for at in minutes
    ]
    write(tmp_path / "s" / "one.jsonl", *records)
    (tmp_path / "state").mkdir(exist_ok=True)
    with open_index(StateDir(tmp_path / "state")) as index:
        return scan(Scan(find(tmp_path / "s"), load_prices({}, None), Filter()), index)


def test_the_box_is_the_default_of_a_contract() -> None:
    assert Budget().time_s == TIME_BOX_S


def test_what_comes_after_the_box_is_counted(tmp_path: Path) -> None:
    report = scanned(tmp_path, 0, 7, 14, 20, 21, 28)
    assert (report.time_box.files, report.time_box.after.messages) == (1, 2)
    assert report.time_box.micro_usd == report.total.micro_usd // 3


def test_twin_a_long_pause_is_no_work(tmp_path: Path) -> None:
    report = scanned(tmp_path, 0, 7, 14, 20, 200, 201)
    assert (report.time_box.files, report.time_box.after.messages) == (1, 1)
    assert scanned(tmp_path / "other", 0, 100, 200, 300).time_box.files == 0


def test_a_second_scan_says_the_same(tmp_path: Path) -> None:
    first, second = (scanned(tmp_path, 0, 9, 18, 27).time_box for _ in range(2))
    assert first == second
    assert first.files == 1


def test_a_model_without_a_price_is_kept_apart(tmp_path: Path) -> None:
    box = scanned(tmp_path, 0, 9, 18, 27, model="claude-zeta").time_box
    assert box.micro_usd == 0
    assert box.estimated_micro_usd > 0


def test_a_resumed_session_counts_only_what_is_its_own(tmp_path: Path) -> None:
    first = [answer(f"msg_{at}", at=f"2026-11-02T10:{at:02}:00.000Z") for at in (0, 9, 18)]
    later = answer("msg_27", at="2026-11-02T10:27:00.000Z")
    write(tmp_path / "s" / "two.jsonl", *first, later)
    assert scanned(tmp_path, 0, 9, 18).time_box.files == 0
