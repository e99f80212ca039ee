"""Sessions written down as lines, see ``tests/cases/backtest/README.md``, as transcripts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from loop_sessions import errors_of, given_of, lines_of
from transcript_lines import answer, call, result, write

from remit.adapters.agents.recorded import RECORDED
from remit.codec.contract import freeze, parse
from remit.model.backtest import BacktestReport
from remit.model.contract import Contract
from remit.services.backtest.backtest import Backtest, Proposed, Recorded
from remit.services.scan.find import find
from remit.services.scan.prices import load_prices

HEAD = 'goal = "repair the shop"\n'
TAIL = '\n[evidence]\nnone = "recorded before"\n'
START = datetime(2026, 11, 2, 10, tzinfo=UTC)


def contract_of(lines: str) -> Contract:
    return parse(f"{HEAD}{lines}{TAIL}", "case")


def transcript(path: Path, session: str, name: str = "one") -> Path:
    """The session as Claude Code would have recorded it."""
    now, cwd = START, "/home/dev/shop"
    records: list[dict[str, object] | str] = []
    for number, line in enumerate(lines_of(session.strip().splitlines())):
        if line.startswith("wait "):
            now += timedelta(seconds=int(line[5:].removesuffix("s")))
        elif line.startswith("cd "):
            cwd = line[3:]
        else:
            call_name, at = f"toolu_{name}_{number}", f"{now:%Y-%m-%dT%H:%M:%S}.000Z"
            records += _records(line, call_name, at, cwd)
    return write(path, *records)


def _records(line: str, name: str, at: str, cwd: str) -> list[dict[str, object]]:
    asked, _, told = line.partition(" -> ")
    tool, _, rest = asked.partition(" ")
    text, failed = errors_of(told)
    made = call(name, tool, **_given(tool, rest))
    return [
        answer(f"msg_{name}", content=[made], at=at, cwd=cwd),
        result(name, text, is_error=failed),
    ]


def _given(tool: str, rest: str) -> dict[str, str]:
    return {"url": rest, "prompt": "read"} if tool == "WebFetch" else given_of(tool, rest)


def backtest(contract: Contract, place: Path) -> BacktestReport:
    """The report on everything at ``place``."""
    proposed = Proposed(contract, "case.toml", freeze(contract)[1])
    return Backtest(proposed, Recorded(find(place)), load_prices({}, None), RECORDED).run()
