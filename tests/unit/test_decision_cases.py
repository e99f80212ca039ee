"""Decisions as data: each case says what is held and why, and its twin is allowed."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from remit.model.contract import (
    Check,
    Commands,
    Contract,
    Evidence,
    McpServer,
    Scope,
    Stop,
    Tools,
)
from remit.services.explain import Explained, explain

CASES = Path(__file__).parent.parent / "cases" / "decisions"
KNOWN = frozenset(
    [
        "name",
        "command",
        "tool",
        "path",
        "input",
        "rules",
        "outcome",
        "twin",
        "twin_path",
        "twin_input",
        "twin_tool",
        "edit",
        "read",
        "hosts",
        "free",
        "ask",
        "never",
        "exact",
        "check",
        "zones",
        "allow_zones",
        "stop_paths",
        "deny_tools",
        "allow_tools",
        "mcp",
    ]
)


def _cases() -> Iterator[Any]:
    for file in sorted(CASES.glob("*.toml")):
        for case in tomllib.loads(file.read_text())["case"]:
            yield pytest.param(case, id=f"{file.stem}: {case['name']}")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``src``, ``tests``, ``docs`` and links that lead where they should not."""
    place = tmp_path_factory.mktemp("decisions")
    root, outside = place / "repository", place / "outside"
    outside.mkdir()
    for folder in ("src", "tests", "docs"):
        (root / folder).mkdir(parents=True)
    (root / "README.md").write_text("read me\n")
    (root / "src" / "app.py").write_text("x = 1\n")
    os.symlink(outside, root / "src" / "out")
    os.symlink("../README.md", root / "src" / "readme")
    os.symlink("../src", root / "docs" / "code")
    return root


def _contract(case: dict[str, Any]) -> Contract:
    lists = {name: tuple(case.get(name, ())) for name in ("free", "ask", "never")}
    check = Check("tests", case.get("check", "python -m pytest -q"))
    return Contract(
        goal="repair the parser",
        scope=Scope(
            tuple(case.get("edit", ("src/**", "tests/**"))), tuple(case.get("read", ("**",)))
        ),
        evidence=Evidence(checks=(check,)),
        commands=Commands(**lists, exact=case.get("exact", False)),
        tools=Tools(tuple(case.get("allow_tools", ())), tuple(case.get("deny_tools", ()))),
        mcp=tuple(
            _server(name, given if isinstance(given, dict) else {"tools": given})
            for name, given in case.get("mcp", {}).items()
        ),
        hosts=tuple(case.get("hosts", ())),
        stop=Stop(
            tuple(case.get("zones", ())),
            tuple(case.get("stop_paths", ())),
            tuple(case.get("allow_zones", ())),
        ),
    )


def _server(name: str, given: dict[str, Any]) -> McpServer:
    lists = {key: tuple(given.get(key, ())) for key in ("tools", "writes")}
    return McpServer(name, command=("server",), data=given.get("data", ""), **lists)


def _values(root: Path, tool: str, path: str | None, values: Any) -> Any:
    if values is not None:
        return values
    field = "notebook_path" if tool == "NotebookEdit" else "file_path"
    written = str(root / path) if path else ""
    return {field: written, "content": "x", "old_string": "a", "new_string": "b"}


def _explained(case: dict[str, Any], root: Path, tool: str, values: Any) -> Explained:
    home = str(root.parent / "home")
    return explain(tool, values, _contract(case), cwd=str(root), root=str(root), home=home)


@pytest.mark.parametrize("case", list(_cases()))
def test_a_bad_call_is_held_for_its_reason(case: dict[str, Any], repository: Path) -> None:
    assert set(case) <= KNOWN
    tool = case.get("tool", "Bash")
    values = {"command": case["command"]} if "command" in case else None
    if values is None:
        values = _values(repository, tool, case.get("path"), case.get("input"))
    decision = _explained(case, repository, tool, values).decision
    held = {reason.rule for reason in decision.reasons if reason.outcome.value != "allow"}
    assert decision.held, f"allowed: {[reason.rule for reason in decision.reasons]}"
    assert set(case["rules"]) <= held
    if "outcome" in case:
        assert decision.outcome.value == case["outcome"]


def _twins() -> Iterator[Any]:
    for parameter in _cases():
        if any(key.startswith("twin") for key in parameter.values[0]):
            yield parameter


@pytest.mark.parametrize("case", list(_twins()))
def test_its_honest_twin_is_allowed(case: dict[str, Any], repository: Path) -> None:
    tool = case.get("twin_tool", case.get("tool", "Bash"))
    values = {"command": case["twin"]} if "twin" in case else None
    if values is None:
        values = _values(repository, tool, case.get("twin_path"), case.get("twin_input"))
    decision = _explained(case, repository, tool, values).decision
    held = [
        (reason.rule, reason.message)
        for reason in decision.reasons
        if reason.outcome.value != "allow"
    ]
    assert held == []
