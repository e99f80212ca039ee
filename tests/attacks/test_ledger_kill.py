"""kill -9 at any moment of an append: nothing acknowledged is lost, nobody is locked out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "bench" / "ledger_kill.py"


def test_killed_writers_lose_nothing_they_acknowledged() -> None:
    command = [sys.executable, str(SCRIPT), "--rounds", "40", "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["rounds"] == 40
    assert said["acknowledged"] > 40
