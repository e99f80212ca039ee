"""The real Claude Code under Remit's own launch, against a scripted model, loopback only.

The pinned npm package is installed once into ``.clients/`` of the repository. Every test
gets its own home and an environment built from nothing; whatever would leave the machine
meets a proxy where nobody listens.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from client_ground import Ground

HERE = Path(__file__).parent
INSTALL_SECONDS = 300


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.client)
            # One worker: the client is installed once, and whole runs need both cores.
            item.add_marker(pytest.mark.xdist_group("client"))


@pytest.fixture(scope="session")
def claude() -> Path:
    """Path of the pinned client; ``REMIT_TEST_CLAUDE`` names another one to try."""
    if given := os.environ.get("REMIT_TEST_CLAUDE"):
        return Path(given)
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]
    version = wanted["@anthropic-ai/claude-code"]
    folder = HERE.parents[1] / ".clients" / f"claude-code-{version}"
    binary = folder / "node_modules" / ".bin" / "claude"
    if not binary.exists():
        _install(folder)
    return binary


def _install(folder: Path) -> None:
    """Install once, whoever comes first: into a folder beside, moved into place when whole."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("left out: npm is not here, so the real client cannot be installed")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return
        part = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        shutil.copy(HERE / "package.json", part)
        words = ["install", "--prefix", str(part), "--no-audit", "--no-fund", "--no-package-lock"]
        done = subprocess.run(
            [npm, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
        if done.returncode:
            pytest.skip(f"left out: the real client could not be installed: {done.stderr[-200:]}")
        part.rename(folder)


@pytest.fixture
def clean_env(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """An environment from nothing: ``clean_env(model_url, **more)``, with a home of its own."""

    def make(model_url: str, **more: str) -> dict[str, str]:
        home = tmp_path / "home"
        (home / ".claude").mkdir(parents=True, exist_ok=True)
        closed = "http://127.0.0.1:9"
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "HTTPS_PROXY": closed,
            "HTTP_PROXY": closed,
            "ANTHROPIC_BASE_URL": model_url,
            "ANTHROPIC_API_KEY": "dummy",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_TELEMETRY": "1",
            "DISABLE_ERROR_REPORTING": "1",
            **more,
        }

    return make


@pytest.fixture
def ground(claude: Path, tmp_path: Path, clean_env: Callable[..., dict[str, str]]) -> Ground:
    made = Ground(claude, tmp_path, clean_env)
    made.commit({"src/parser.py": "x = 1\n"})
    return made
