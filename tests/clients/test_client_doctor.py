"""``remit doctor`` with the real Claude Code: every layer shown through the client itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("means", "kernel", "code"), [("", "live", 0), ("landlock", "live", 0), ("none", "off", 1)]
)
def test_the_layers_are_shown_through_the_real_client(
    claude: Path,
    clean_env: Callable[..., dict[str, str]],
    tmp_path: Path,
    means: str,
    kernel: str,
    code: int,
) -> None:
    environ = clean_env("http://127.0.0.1:9", REMIT_CONFINE=means)
    environ |= {"REMIT_STATE": str(tmp_path / "state"), "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-m", "remit", "doctor", "--agent", str(claude), "--json"],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    states = {layer["layer"]: layer["state"] for layer in found["layers"]}
    assert found["agent"].startswith("Claude Code 2.")
    assert states["hook"] == states["comparison"] == states["client"] == "live", done.stdout
    assert states["kernel"] == kernel
    assert done.returncode == code
    doors = json.dumps(found["doors"])
    assert "ANTHROPIC_API_KEY" not in doors  # the run has a key of its own, worth nothing outside
    assert ("TCP" in doors) is (means == "none")
    assert states["egress"] == ("off" if means else "live")
