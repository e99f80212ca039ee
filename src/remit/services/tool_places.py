"""Where tools lie that a confined program starts, and where their own variables lead what they
write."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_FOLDERS = {
    "XDG_CACHE_HOME": "cache",
    "XDG_RUNTIME_DIR": "runtime",
    "XDG_STATE_HOME": "state",
    "PIP_CACHE_DIR": "cache/pip",
    "UV_CACHE_DIR": "cache/uv",
    "PRE_COMMIT_HOME": "cache/pre-commit",
    "MYPY_CACHE_DIR": "cache/mypy",
    "RUFF_CACHE_DIR": "cache/ruff",
    "BLACK_CACHE_DIR": "cache/black",
    "HYPOTHESIS_STORAGE_DIRECTORY": "cache/hypothesis",
    "TOX_WORK_DIR": "tox",
    "npm_config_cache": "cache/npm",
    "YARN_CACHE_FOLDER": "cache/yarn",
    "GOCACHE": "cache/go-build",
    "CARGO_TARGET_DIR": "cargo-target",
    "GRADLE_USER_HOME": "gradle",
    "DENO_DIR": "cache/deno",
    "CCACHE_DIR": "cache/ccache",
    "TURBO_CACHE_DIR": "cache/turbo",
}
_FILES = {"COVERAGE_FILE": "coverage", "HISTFILE": "history"}


def tool_variables(scratch: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Variables that send what tools write to ``scratch``. Its folders are made at the
    first start; what lies there later is the agent's own, and may be a link."""
    found = {name: str(scratch / place) for name, place in (_FOLDERS | _FILES).items()}
    if not os.path.lexists(scratch / "cache"):
        for place in _FOLDERS.values():
            (scratch / place).mkdir(mode=0o700, parents=True, exist_ok=True)
    given = environ.get("PYTEST_ADDOPTS", "")
    found["PYTEST_ADDOPTS"] = f"{given} -o cache_dir={scratch}/cache/pytest".strip()
    found["npm_config_update_notifier"] = "false"
    return found


def programs_on(path: str) -> tuple[str, ...]:
    """The folders of the search path ``path``, and what the programs there were installed with:
    the rest of a virtual environment, or of node's modules."""
    folders = [folder for folder in path.split(":") if folder.startswith("/")]
    return tuple(place for folder in folders for place in (folder, *_installed_with(folder)))


def _installed_with(folder: str) -> tuple[str, ...]:
    around = os.path.dirname(folder.rstrip("/"))  # noqa: PTH120
    whole = os.path.basename(around) == "node_modules"  # noqa: PTH119
    return (around,) if whole or os.path.isfile(f"{around}/pyvenv.cfg") else ()  # noqa: PTH113
