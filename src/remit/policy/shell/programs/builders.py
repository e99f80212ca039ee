"""Linters, type checkers and formatters: they read, or write the files they are given."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.request import Effect
from remit.policy.shell.args import Arg
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import split
from remit.policy.shell.programs.spec import each
from remit.policy.wordlist import words

_VALUED = words(
    "--config -c --select --ignore --extend-select --line-length -l --target-version -t "
    "--output-format --format --python-version --parser --ext -p --project "
    "--max-line-length --exclude --extend-exclude --profile --follow-imports --cache-dir"
)


def checker(writing: str = "", always: str = "", runs: str = "") -> Handler:
    """Reads its operands and writes them too where an option of ``writing`` is given, or none of
    ``always`` (for formatters that write by default). ``runs`` are options that load code."""
    writes, reads_only, loads = (frozenset(text.split()) for text in (writing, always, runs))

    def handle(inv: Invocation) -> Iterator[Effect]:
        found = split(inv.args, _VALUED)
        names = {option.name for option in found.options}
        if names & loads:
            yield inv.unknown(f"{inv.name} {sorted(names & loads)[0]}")
        files = found.operands or (Arg("."),)
        yield from inv.reads(*files)
        if names & writes or (reads_only and not names & reads_only):
            yield from _rewritten(inv, files)
        yield inv.ran()

    return handle


def _rewritten(inv: Invocation, files: tuple[Arg, ...]) -> Iterator[Effect]:
    """A folder means everything below it; a name without an ending is one, as these rewrite only
    files whose ending they know, or the one file they are given."""
    for file in files:
        name = file.text.rstrip("/").rsplit("/", 1)[-1]
        folder = file.sure and not file.wild and "." not in name.strip(".")
        text = f"{file.text.rstrip('/')}/**" if folder else file.text
        yield from inv.writes(Arg(text, file.sure, file.wild or folder))


_RUFF_CHECK = checker("--fix --fix-only --unsafe-fixes --add-noqa")
_RUFF_FORMAT = checker("", "--check --diff")


def _ruff(inv: Invocation) -> Iterator[Effect]:
    word = inv.args[0].text if inv.args else ""
    if word == "check":
        yield from _RUFF_CHECK(inv.renamed(inv.name, inv.args[1:]))
    elif word == "format":
        yield from _RUFF_FORMAT(inv.renamed(inv.name, inv.args[1:]))
    elif word in ("rule", "version", "--version", "linter", "config", "help", "--help"):
        yield inv.ran()
    else:
        yield inv.unknown(f"{inv.name} {word}".strip())


def _plugins(inv: Invocation) -> Iterator[Effect]:
    """Loads configuration and plugins of the repository, which are code."""
    if inv.args and all(arg.text in ("--version", "-v", "--help") for arg in inv.args):
        yield inv.ran()
    else:
        yield inv.unknown()


PROGRAMS: dict[str, Handler] = {
    **each("ruff", _ruff),
    **each("black isort", checker("", "--check --diff -c --check-only")),
    **each("flake8 pyflakes pycodestyle pydocstyle vulture shellcheck", checker()),
    **each("gofmt goimports rustfmt shfmt", checker("-w -i", "")),
    **each("cloc tokei scc", checker()),
    **each("mypy pyright pylint bandit eslint tsc prettier stylelint biome hadolint", _plugins),
}
