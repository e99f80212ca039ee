"""Printing: colour only on a terminal, JSON with ``--json``, nothing a CI runner would obey."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from typing import TextIO

import click

from remit.adapters.render.escape import ci_log
from remit.errors import RemitError
from remit.model.json import JsonObject

_CI_VARIABLES = ("GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "TEAMCITY_VERSION", "CI")


def print_json(value: JsonObject) -> None:
    """One JSON document on standard output."""
    from remit.adapters.render.json_view import dumps  # most commands print lines

    print_text(dumps(value))


def print_text(text: str) -> None:
    """Text that is already safe for a terminal."""
    _print(text, sys.stdout)


def print_note(text: str) -> None:
    """Text beside the answer, on standard error."""
    _print(text, sys.stderr)


def _print(text: str, stream: TextIO) -> None:
    """A reader that has seen enough (``| head``) changes no exit code and ends no run."""
    try:
        click.echo(text, stream, nl=not text.endswith("\n"), color=wants_colour(os.environ))
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except OSError as error:
        message = f"the output cannot be written: {error.strerror}"
        raise RemitError(message, "make room where it goes") from None


def print_lines(lines: Iterable[str]) -> None:
    """Lines safe for a terminal; in CI they are made safe for its log as well."""
    in_ci = runs_in_ci(os.environ)
    for line in lines:
        print_text(ci_log(click.unstyle(line)) if in_ci else line)


def wants_colour(environ: Mapping[str, str]) -> bool | None:
    """False where ``NO_COLOR`` is set; None leaves it to whether output is a terminal."""
    return False if environ.get("NO_COLOR") else None


def runs_in_ci(environ: Mapping[str, str]) -> bool:
    """Whether a CI runner reads our output, where some text is a command to it."""
    return any(environ.get(name, "").lower() not in ("", "0", "false") for name in _CI_VARIABLES)


def is_terminal() -> bool:
    return sys.stdout.isatty()


def columns(otherwise: int = 80) -> int:
    """How wide the terminal is that shows standard output; ``otherwise`` where it is none."""
    return shutil.get_terminal_size((otherwise, 24)).columns if is_terminal() else otherwise
