"""The shape of the code that a linter does not know: sizes, names, who may do what."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "remit"
FILES = sorted(SOURCE.rglob("*.py"))
PURE = ("model", "policy", "codec")
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
MOST_FUNCTION_LINES = 60
MOST_FILE_LINES = 400

CATCHES_ALL = {
    "hook/__main__.py",
    "hook/wire.py",
    "interfaces/cli/main.py",
    "interfaces/endpoint/egress.py",
    "interfaces/endpoint/server.py",
    "interfaces/supervisor/conduct.py",
    "policy/engine.py",
}
"""Where a failure of any kind has to end in "no", or an open run be closed (ADR 0004, 0005)."""

ASYNC = ("interfaces/endpoint/", "interfaces/supervisor/", "system/process.py")
"""Where coroutines may be (ADR 0006): the server, what runs it, and waiting for a process."""


def name_of(file: Path) -> str:
    return file.relative_to(SOURCE).as_posix()


def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def functions(file: Path) -> Iterator[tuple[str, int]]:
    """Every function with its number of lines, decorators left out."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield f"{name_of(file)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def test_there_is_something_to_judge() -> None:
    assert len(FILES) > 50


def test_no_function_is_longer_than_a_page() -> None:
    found = [
        where for file in FILES for where, lines in functions(file) if lines > MOST_FUNCTION_LINES
    ]
    assert found == []


def test_most_functions_are_short() -> None:
    lengths = sorted(lines for file in FILES for _, lines in functions(file))
    assert statistics.median(lengths) <= 13
    assert lengths[int(len(lengths) * 0.9)] <= 30


def test_no_file_grows_beyond_reading() -> None:
    found = {
        name_of(file): lines
        for file in FILES
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > MOST_FILE_LINES
    }
    assert found == {}


def test_file_names_say_what_is_in_them() -> None:
    assert [name_of(file) for file in FILES if file.stem in FORBIDDEN_NAMES] == []


def calls_by_name(file: Path) -> set[str]:
    return {
        node.func.id
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


@pytest.mark.parametrize("floor", PURE)
def test_pure_floors_open_nothing(floor: str) -> None:
    doing = {"open", "print", "input", "exec", "eval", "__import__"}
    found = {
        name_of(file): bad
        for file in FILES
        if name_of(file).startswith(f"{floor}/") and (bad := calls_by_name(file) & doing)
    }
    assert found == {}


def catches_all(file: Path) -> bool:
    return any(
        isinstance(node, ast.ExceptHandler) and _takes_everything(node) and not _passes_on(node)
        for node in ast.walk(tree_of(file))
    )


def _takes_everything(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(names & {"Exception", "BaseException"})


def _passes_on(handler: ast.ExceptHandler) -> bool:
    """It only tidies up and raises again."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_only_the_edges_catch_everything() -> None:
    assert {name_of(file) for file in FILES if catches_all(file)} <= CATCHES_ALL


def imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_only_the_codec_knows_pydantic() -> None:
    knows = {name_of(file) for file in FILES if imports(file) & {"pydantic", "pydantic_core"}}
    assert knows
    assert {name for name in knows if not name.startswith("codec/")} == set()


def test_only_the_codec_knows_msgspec() -> None:
    knows = {name_of(file) for file in FILES if "msgspec" in imports(file)}
    assert knows
    assert {name for name in knows if not name.startswith("codec/")} == set()


def test_no_development_tool_is_imported_at_run_time() -> None:
    development = {
        "detect_secrets",
        "genai_prices",
        "hypothesis",
        "pytest",
        "playwright",
        "jsonschema",
    }
    found = {
        name_of(file)
        for file in FILES
        if imports(file) & development and "testing/" not in name_of(file)
    }
    assert found == set()


def test_coroutines_stay_at_the_edge() -> None:
    found = {
        name_of(file)
        for file in FILES
        if any(isinstance(node, ast.AsyncFunctionDef) for node in ast.walk(tree_of(file)))
    }
    assert {name for name in found if not name.startswith(ASYNC)} == set()


def signatures(file: Path) -> Iterator[ast.expr]:
    """The types other code sees: of parameters, results and fields."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            yield from (item.annotation for item in arguments if item.annotation)
            if node.returns:
                yield node.returns
        elif isinstance(node, ast.ClassDef):
            yield from (item.annotation for item in node.body if isinstance(item, ast.AnnAssign))


def test_nothing_untyped_crosses_a_floor() -> None:
    """``Any`` hides what a value is. The codec may meet it where a library hands it over."""
    found = {
        name_of(file)
        for file in FILES
        if not name_of(file).startswith("codec/")
        for annotation in signatures(file)
        if any(isinstance(node, ast.Name) and node.id == "Any" for node in ast.walk(annotation))
    }
    assert found == set()
