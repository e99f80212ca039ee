"""Programs that run code: on the command line it is dynamic, in a file it is unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.model.request import Effect
from remit.policy.shell.args import Arg
from remit.policy.shell.dynamic import Family
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import split
from remit.policy.shell.programs.agents import agent_of_module, agent_of_path, nested
from remit.policy.shell.programs.builtins import ENVIRON
from remit.policy.shell.programs.network import pip
from remit.policy.shell.programs.python_code import Does, does
from remit.policy.shell.programs.spec import asks_itself, each
from remit.policy.wordlist import words

_QUESTIONS = frozenset({"--version", "-V", "-VV", "--help", "-h", "-v"})
_READING_MODULES = words("json.tool tokenize ast dis tabnanny sysconfig site platform")


def interpreter(code: str, valued: str = "", subcommands: str = "") -> Handler:
    """``code`` are the options that carry code. ``subcommands`` are only taken as a word."""
    inline = frozenset(code.split())
    options = inline | frozenset(valued.split())
    words = frozenset(subcommands.split())

    def handle(inv: Invocation) -> Iterator[Effect]:
        found = split(inv.args, options, ordered=True)
        given = next((option for option in found.options if option.name in inline), None)
        if given is not None and len(found.options) == 1 and _only_says(given.value):
            yield inv.ran()
        elif given is not None:
            code = f" {given.value.text}" if given.value else ""
            yield inv.dynamic(Family.INLINE, f"{inv.name} {given.name}{code}")
        elif found.operands and found.operands[0].text != "-":
            yield from _file(inv, found.operands[0], words)
        elif found.options and all(option.name in _QUESTIONS for option in found.options):
            yield inv.ran()
        else:
            yield from _fed(inv)

    return handle


_SAYS = re.compile(
    r"\s*(?:print|puts|console\.log|echo|say)\s*\(?\s*"
    r"(?:'[^'\\\n]{0,200}+'|\"[^\"\\\n$#`@%{]{0,200}+\"|[\d\s+/().-]{1,80}+)\s*\)?\s*;?\s*"
)


def _only_says(code: Arg | None) -> bool:
    """Whether code prints one text or sum and does nothing else, in whatever language this is."""
    return code is not None and code.sure and _SAYS.fullmatch(code.text) is not None


def _file(inv: Invocation, file: Arg, words: frozenset[str]) -> Iterator[Effect]:
    if not file.sure:
        yield inv.dynamic(Family.COMMAND, f"{inv.name} {file.text}")
        return
    if agent := agent_of_path(file.text):
        yield nested(inv, agent)
        return
    if file.text not in words:
        yield from inv.reads(file)
    yield inv.unknown(f"{inv.name} {file.text}")


def _fed(inv: Invocation) -> Iterator[Effect]:
    if inv.feed.text is not None:
        detail = f"{inv.name} with code from a here-document: {inv.feed.text.text.strip()}"
        yield inv.dynamic(Family.INLINE, detail)
    elif inv.feed.piped or any(arg.text == "-" for arg in inv.args):
        yield inv.dynamic(Family.PIPED, inv.name)
    else:
        yield inv.unknown()


def _script_of(inv: Invocation) -> Arg | None:
    """The code of ``python -c`` or on its standard input, where nothing else changes it."""
    found = split(inv.args, _PYTHON_VALUED, ordered=True)
    if any(option.name not in _PYTHON_QUIET for option in found.options):
        return None
    given = next(found.values("-c"), None)
    if given is not None or (found.operands and found.operands[0].text != "-"):
        return given
    return inv.feed.text


_PYTHON_VALUED = frozenset({"-c"})
_PYTHON_QUIET = words("-c -B -I -u -s -S -E -P -O -q -b")


def _read_through(inv: Invocation, found: Does) -> Iterator[Effect]:
    yield from inv.reads(*map(_here, found.reads), *([ENVIRON] if found.environment else ()))
    yield from inv.writes(*map(_here, found.writes))
    yield inv.ran()


def _here(text: str) -> Arg:
    """Python knows no home folder; a star in a name is read as a pattern, which is more."""
    return Arg(f"./{text}" if text.startswith("~") else text, True, "*" in text)


_PYTHON = interpreter("-c", "-W -X -Q --check-hash-based-pycs")


def _python(inv: Invocation) -> Iterator[Effect]:
    at = _module_at(inv.args)
    if at is None:
        code = _script_of(inv)
        plain = code is not None and code.sure and not code.wild
        plain = plain and "python2" not in inv.name  # where other names are of the language
        found = does(code.text) if code and plain and inv.runner.affords(code.text) else None
        yield from _PYTHON(inv) if found is None else _read_through(inv, found)
        return
    module, rest = inv.args[at], inv.args[at + 1 :]
    if not module.sure:
        yield inv.dynamic(Family.COMMAND, inv.line)
    elif agent := agent_of_module(module.text):
        yield nested(inv, agent)
    elif module.text in ("pip", "pip3"):
        yield from pip(inv.renamed(f"{inv.name} -m pip", rest))
    elif module.text in _READING_MODULES and not (module.text == "sysconfig" and rest):
        yield from inv.reads(*split(rest).operands[:1])
        yield from inv.writes(*split(rest).operands[1:])
        yield inv.ran()
    elif module.text in ("py_compile", "compileall") and _compiles(rest):
        yield from inv.reads(*split(rest).operands)
        yield inv.ran()
    elif module.text in _TOOLS:
        inv.run((module, *rest))
    else:
        yield inv.unknown(f"{inv.name} -m {module.text}")


def _compiles(rest: tuple[Arg, ...]) -> bool:
    """Without options that name files to read names from or places to write to."""
    return all(arg.sure and (arg.text[:1] != "-" or arg.text in _COMPILES) for arg in rest)


_COMPILES = words("-q -qq -f -l -j0 --")
_TOOLS = words("ruff mypy black isort flake8 pyflakes pylint pyright bandit vulture")


_PYTHON_FLAGS = re.compile(r"-[BdEIOPqsSub]+|-W[^.]+|-X[\w-]+(?:=\d+)?")
"""Options in front of ``-m``: none that holds code, imports a module or names a folder."""


def _module_at(args: tuple[Arg, ...]) -> int | None:
    """Where the module of ``python -m`` stands, if that is how it is called."""
    at = 0
    while at < len(args):
        text = args[at].text
        if text == "-m":
            return at + 1 if at + 1 < len(args) else None
        if text in ("-W", "-X") and at + 1 < len(args):
            at += 1
            text += args[at].text
        if not args[at].sure or not _PYTHON_FLAGS.fullmatch(text):
            return None
        at += 1
    return None


def _runner(inv: Invocation) -> Iterator[Effect]:
    """A test runner: runs the code of the repository."""
    asked = all(arg.sure and arg.text in ("--version", "--help", "-h") for arg in inv.args)
    if inv.args and asked:
        yield inv.ran()
    else:
        yield inv.unknown()


def _subcommand(inv: Invocation) -> Iterator[Effect]:
    """A build tool: its first word says what it does, and repository code what that is."""
    asked = asks_itself(inv) or [arg.text for arg in inv.args] in (["-v"], ["-version"])
    words = [arg.text for arg in inv.args if arg.sure and not arg.text.startswith("-")]
    if asked:
        yield inv.ran()
    else:
        yield inv.unknown(" ".join([inv.name, *words[:1]]))


_NODE = interpreter("-e --eval -p --print -r --require --import --loader", "-C --conditions")


def _node(inv: Invocation) -> Iterator[Effect]:
    """``node --check file`` reads the file and runs nothing."""
    files = inv.args[1:]
    checks = inv.args[:1] and inv.args[0].sure and inv.args[0].text in ("--check", "-c")
    if checks and files and not any(file.text.startswith("-") for file in files):
        yield from inv.reads(*files)
        yield inv.ran()
    else:
        yield from _NODE(inv)


_RUNNERS = (
    "pytest py.test tox nox jest vitest mocha ava karma cypress playwright rspec phpunit "
    "bats ctest nosetests coverage hypothesis unittest behave cucumber"
)
_EDITORS = "vi vim nvim view nano emacs ed ex micro hx twine ssh-keygen gpg"
"""Not for a run; asked for their version they answer."""
_BUILDERS = (
    "make gmake cmake ninja meson bazel gradle gradlew mvn ant rake just task mage sbt lein mix "
    "dotnet msbuild xcodebuild swift stack cabal dune zig nim crystal scons pre-commit"
)

PROGRAMS: dict[str, Handler] = {
    **each("python pypy", _python),
    **each("ipython", _PYTHON),
    **each("node nodejs", _node),
    **each("deno", interpreter("eval repl", "", "run test fmt lint check task")),
    **each("perl", interpreter("-e -E -n -p -i -M -m", "-I -C")),
    **each("ruby irb", interpreter("-e -n -p -i -r", "-I -C")),
    **each("php", interpreter("-r -B -R -E -F -a", "-d -c")),
    **each(
        "lua luajit Rscript R julia elixir erl scala groovy osascript ghci pwsh tclsh",
        interpreter("-e -E -eval --eval -i -l -c -Command"),
    ),
    **each("java javac kotlin gcc g++ cc c++ clang clang++ ld as rustc ghc tcc", _subcommand),
    **each(_EDITORS, _subcommand),
    **each(_RUNNERS, _runner),
    **each(_BUILDERS, _subcommand),
}
