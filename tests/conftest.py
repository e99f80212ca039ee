"""What every test needs: a clean environment, and honesty about what was left out.

A test that cannot run here skips with a reason that starts with ``left out:``. The closing
summary names every such set, and with REMIT_TESTS_COMPLETE set (as in CI) it is a failure.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No test is timed: a busy machine is no fault of the code's.
settings.register_profile("remit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("remit")

LEFT_OUT = "left out: "
_left_out: Counter[str] = Counter()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason.startswith(LEFT_OUT):
            _left_out[reason.removeprefix(LEFT_OUT)] += 1


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if _left_out and os.environ.get("REMIT_TESTS_COMPLETE"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason, count in sorted(_left_out.items()):
        terminalreporter.write_line(f"left out: {count} tests: {reason}")


@pytest.fixture(autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test touches the state or the configuration of the person who runs it."""
    own = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("REMIT_STATE", str(own / "remit"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(own / "config"))
    (own / "home").mkdir()
    monkeypatch.setenv("HOME", str(own / "home"))
    for name in [name for name in os.environ if name.startswith(("GIT_", "CLAUDE", "ANTHROPIC"))]:
        monkeypatch.delenv(name)


def _shared(variable: str, folder: str) -> Path:
    default = Path(__file__).parents[2] / "shared" / folder
    place = Path(os.environ.get(variable, default))
    if not place.is_dir():
        pytest.skip(f"{LEFT_OUT}public material ({variable}) is not here")
    return place


@pytest.fixture
def captures() -> Path:
    """Recorded payloads of real clients."""
    return _shared("REMIT_CAPTURES", "captures")


@pytest.fixture
def corpora() -> Path:
    """Public data sets."""
    return _shared("REMIT_CORPORA", "corpora")
