"""The report of a scan as a page and as CSV: one sum everywhere, and no text that acts."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from transcript_lines import answer, call, result, write

from remit.interfaces.cli.exits import Exit
from remit.interfaces.cli.main import run_command

EVIL = "=cmd|' /C calc'!A0<script>alert(1)</script>\x1b]0;x\x07"


@pytest.fixture(autouse=True)
def a_machine_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("REMIT_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("TZ", "UTC")


def shown(capsys: pytest.CaptureFixture[str], path: Path, form: str) -> str:
    assert run_command(["scan", str(path), form]) == Exit.YES
    return capsys.readouterr().out


def sessions(folder: Path, name: str = "shop") -> Path:
    """A loop, an unknown model, two days and two projects."""
    records: list[dict[str, object]] = []
    for number in range(8):
        asked = call(f"toolu_{number}", f"Bash{name}", command="make")
        records.append(answer(f"msg_{number}", content=[asked], cwd=f"/home/dev/{name}"))
        records.append(result(f"toolu_{number}", "up to date"))
    write(folder / "one.jsonl", *records)
    other = answer("msg_x", model=f"claude-zeta{name}", at="2026-05-07T12:00:00Z", cwd=name)
    write(folder / "two.jsonl", other)
    return folder


def test_the_rows_of_the_table_add_up_to_the_totals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = sessions(tmp_path / "s")
    totals = json.loads(shown(capsys, folder, "--json"))["totals"]
    rows = list(csv.DictReader(io.StringIO(shown(capsys, folder, "--csv"))))
    assert len(rows) == 2
    for column in ("messages", "cost_micro_usd", "estimated_micro_usd"):
        assert sum(int(row[column]) for row in rows) == totals[column]
    for column in ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h"):
        assert sum(int(row[column]) for row in rows) == totals["tokens"][column]


def test_no_cell_begins_like_a_formula(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.reader(io.StringIO(shown(capsys, sessions(tmp_path / "s", EVIL), "--csv"))))
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if cell[:1] in "=+-@" and cell] == []
    assert any(cell.startswith("'=cmd") for cell in cells)
    assert not any("\x1b" in cell for cell in cells)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_the_page_holds_no_markup_of_a_transcript(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = shown(capsys, sessions(tmp_path / "s", EVIL), "--html")
    parsed = Tags()
    parsed.feed(page)
    assert not parsed.tags & {"script", "img", "link", "iframe", "object"}
    assert not {name for name in parsed.attributes if name.startswith("on")}
    assert not parsed.attributes & {"src", "style"}
    assert "\x1b" not in page
    assert "&lt;script&gt;" in page


def test_the_page_says_what_the_json_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = shown(capsys, sessions(tmp_path / "s"), "--html")
    assert "No price is known" in page
    assert "claude-zetashop" in page
    assert "the same call with the same result, 8 times in a row" in page
    assert "one.jsonl:1-15" in page
