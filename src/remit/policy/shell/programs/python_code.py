"""Python on a command line: what a short script does, as far as every name in it is known.

Nothing is run. A script is read where each name in it is a known one of the language or of the
standard library, or was given a value in the script, and each method and attribute is one that
only computes. Anything else, and any computed path or command, is not known.
"""

from __future__ import annotations

import ast
import builtins
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from remit.policy.shell.programs import python_names as known

MOST_CODE = 1_500
_ENCODED = re.compile(r"coding\s*[:=]")
"""A comment that says how the text is to be read, other than it stands there."""
MOST_NODES = 600
_NODES = (
    ast.Module,
    ast.expr,
    ast.Expr,
    ast.expr_context,
    ast.boolop,
    ast.operator,
    ast.unaryop,
    ast.cmpop,
    ast.comprehension,
    ast.keyword,
    ast.alias,
    ast.arguments,
    ast.arg,
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AugAssign,
    ast.For,
    ast.While,
    ast.If,
    ast.With,
    ast.withitem,
    ast.Pass,
    ast.Break,
    ast.Continue,
    ast.Assert,
    ast.Try,
    ast.ExceptHandler,
    ast.Raise,
)
_REFUSED = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
_OF_THE_LANGUAGE = known.BUILTINS | known.OPENING | known.BY_SITE | frozenset(dir(builtins))
"""A script that gives one of these a value may have used it before, as what it is."""


class _Unknown(Exception):
    """Something in the script is not known."""


@dataclass(slots=True)
class Does:
    """What a script does besides computing and printing."""

    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    environment: bool = False


def does(code: str) -> Does | None:
    """What ``code`` does, None where that cannot be told."""
    if len(code) > MOST_CODE or _ENCODED.search(code):
        return None
    try:
        tree = ast.parse(code)
        return _Reader(tree).whole()
    except (_Unknown, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Reader:
    def __init__(self, tree: ast.Module) -> None:
        self.nodes = list(ast.walk(tree))
        self.tree = tree
        self.imported: dict[str, str] = {}
        self.bound: set[str] = set()
        self.paths: dict[str, ast.expr] = {}
        self.stored: list[str] = []
        self.methods = known.METHODS
        self.does = Does()

    def whole(self) -> Does:
        if len(self.nodes) > MOST_NODES:
            raise _Unknown
        for node in self.nodes:
            if not isinstance(node, _NODES) or isinstance(node, _REFUSED):
                raise _Unknown
            self._binds(node)
        if self.bound & (self.imported.keys() | _OF_THE_LANGUAGE):
            raise _Unknown
        if any(name.startswith("__") for name in self.bound):
            raise _Unknown
        if any(path.startswith("pathlib") for path in self.imported.values()):
            self.methods = known.METHODS - known.OF_PATHS_TOO.keys()
        self._visit(self.tree)
        return self.does

    def _binds(self, node: ast.AST) -> None:
        """Names that the script gives a value or a module."""
        match node:
            case ast.Import(names=names):
                for alias in names:
                    if alias.name not in known.MODULES:
                        raise _Unknown
                    whole = alias.name if alias.asname else alias.name.split(".")[0]
                    self._imports(alias.asname or whole, whole)
            case ast.ImportFrom(module=module, names=names, level=level):
                if level or module not in known.MODULES:
                    raise _Unknown
                for alias in names:
                    self._imports(alias.asname or alias.name, f"{module}.{alias.name}")
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                self.bound.add(name)
                self.stored.append(name)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as made):
                self.paths[name] = made
            case ast.ExceptHandler(name=str(name)):
                self.bound.add(name)
                self.stored.append(name)

    def _imports(self, name: str, path: str) -> None:
        """A name that is imported twice is the one or the other, depending on where it is read."""
        if name in known.OPENING or self.imported.setdefault(name, path) != path:
            raise _Unknown

    def _visit(self, node: ast.AST) -> None:
        match node:
            case ast.Call():
                self._call(node)
            case ast.Attribute():
                self._attribute(node)
            case ast.Name(id=name, ctx=ast.Load()):
                self._name(name)
            case _:
                self._below(node)

    def _below(self, node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            self._visit(child)

    def _name(self, name: str) -> None:
        path = self.imported.get(name)
        if path is not None:
            self._used(path)
        elif name not in self.bound and name not in known.BUILTINS:
            raise _Unknown

    def _used(self, path: str) -> None:
        if path.startswith("os.environ"):
            self.does.environment = True
        elif path not in known.HARMLESS:
            raise _Unknown

    def _path(self, node: ast.expr) -> str:
        """The dotted name in a module that ``node`` is, ``""`` for none."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.imported:
            return ""
        return ".".join([self.imported[node.id], *reversed(attributes)])

    def _attribute(self, node: ast.Attribute) -> None:
        if not isinstance(node.ctx, ast.Load):
            raise _Unknown
        path = self._path(node)
        if path:
            self._used(self._head(path))
        elif node.attr in self.methods or node.attr in known.ATTRIBUTES:
            self._visit(node.value)
        else:
            raise _Unknown

    def _head(self, path: str) -> str:
        """``path`` without what only computes at its end: ``sys.stdin.read`` is ``sys.stdin``."""
        head, _, last = path.rpartition(".")
        while path not in known.HARMLESS and last in self.methods and head.count("."):
            path = head
            head, _, last = path.rpartition(".")
        return path

    def _call(self, node: ast.Call) -> None:
        path = self._path(node.func)
        if isinstance(node.func, ast.Name) and node.func.id in known.OPENING:
            self._opened(node)
        elif path in known.ACTS:
            self._acts(known.ACTS[path], node)
        elif isinstance(node.func, ast.Attribute) and node.func.attr in known.ON_PATHS:
            self._on_path(node.func.attr, node)
        else:
            self._plain_call(node)

    def _plain_call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            self._formats(node.func.value)
        elif isinstance(node.func, ast.Attribute) and self._is_of_texts(node.func.attr, node):
            self._visit(node.func.value)
        else:
            self._visit(node.func)
        for child in (*node.args, *node.keywords):
            self._visit(child)

    def _is_of_texts(self, method: str, call: ast.Call) -> bool:
        """Whether a method that paths have as well is called as only texts and lists take it. By
        the name of the class it would take the path as one value more."""
        plain = not call.keywords and not any(isinstance(arg, ast.Starred) for arg in call.args)
        fits = plain and len(call.args) in known.OF_PATHS_TOO.get(method, ())
        return fits and not self._keeps_class()

    def _keeps_class(self) -> bool:
        """Whether a class of paths is used for anything but to make one."""
        makes = {id(node.func) for node in self.nodes if isinstance(node, ast.Call)}
        return any(
            self._path(node) in ("pathlib.Path", "pathlib.PurePath")
            for node in self.nodes
            if isinstance(node, ast.Name | ast.Attribute) and id(node) not in makes
        )

    def _formats(self, template: ast.expr) -> None:
        """``"{0.environ}".format(os)`` reads attributes."""
        text = template.value if isinstance(template, ast.Constant) else None
        if not isinstance(text, str) or "." in text.replace(":.", "") or "[" in text:
            raise _Unknown

    def _opened(self, node: ast.Call) -> None:
        texts = list(_texts(node.args))
        named = self._keywords(node)
        if "mode" in named:
            texts += _texts([named["mode"]])
        if not 1 <= len(texts) <= 2 or not set(named) <= {"mode", "encoding", "errors", "newline"}:
            raise _Unknown
        mode = texts[1] if len(texts) > 1 else "r"
        if set(mode) - set("rwaxbt+"):
            raise _Unknown
        if set(mode) & set("wax+"):
            self.does.writes.append(texts[0])
        if set(mode) & set("r+"):
            self.does.reads.append(texts[0])

    def _keywords(self, node: ast.Call) -> dict[str, ast.expr]:
        for keyword in node.keywords:
            self._visit(keyword.value)
        return {keyword.arg or "**": keyword.value for keyword in node.keywords}

    def _acts(self, kind: str, node: ast.Call) -> None:
        if not set(self._keywords(node)) <= known.QUIET:
            raise _Unknown
        texts = list(_texts(node.args)) or ["."]
        match kind:
            case "read":
                self.does.reads += texts
            case "write":
                self.does.writes += texts
            case "copy":
                self.does.reads += texts[:1]
                self.does.writes += texts[1:]

    def _on_path(self, method: str, node: ast.Call) -> None:
        """``Path("x").read_text()``: the path is written out, here or where its name is given it
        once and for all."""
        assert isinstance(node.func, ast.Attribute)
        made = node.func.value
        if isinstance(made, ast.Name) and self.stored.count(made.id) == 1:
            made = self.paths.get(made.id, made)
        if not isinstance(made, ast.Call) or self._path(made.func) != "pathlib.Path":
            raise _Unknown
        if made.keywords or not set(self._keywords(node)) <= known.QUIET:
            raise _Unknown
        written = posixpath.join(".", *_texts(made.args))
        reads = known.ON_PATHS[method] == "read"
        (self.does.reads if reads else self.does.writes).append(written)
        for argument in node.args:
            self._visit(argument)


def _texts(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            raise _Unknown
        yield node.value
