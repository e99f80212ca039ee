"""The ``remit`` command: a lazy group, so that ``--help`` imports no command."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from remit import __version__
from remit.errors import IntegrityError, InvalidDocument, RemitError, UsageError
from remit.interfaces.cli.exits import Exit

COMMANDS: dict[str, tuple[str, str]] = {
    "attempts": ("attempts", "Show what a run tried, and what each attempt taught."),
    "backtest": ("backtest", "Say what recorded sessions would have been under a contract."),
    "budget": ("budget", "Show how much of its limits a run has used."),
    "check": ("check", "Say whether a contract is ready, with every problem at once."),
    "cost": ("cost", "Split what a run cost: tokens, time, attention, trust."),
    "demo": ("demo", "Watch a governed run from contract to packet."),
    "doctor": ("doctor", "Show that each layer is live here, by things that must fail."),
    "drift": ("drift", "List what runs may do more than before, and who decided."),
    "explain": ("explain", "Say how a command or tool call would be decided, and why."),
    "extend": ("extend", "Give a run more of a limit: a person's decision."),
    "gate": ("gate", "Judge a packet against a commit: 0 yes, 1 no, 6 cannot say."),
    "gc": ("gc", "Remove snapshots that no kept run needs."),
    "grant": ("grant", "Grant one request of a run: a person's yes."),
    "grants": ("grants", "List the grants of runs: by whom, until when, how often used."),
    "import": ("import_rules", "Draft a policy from rules written for another tool."),
    "init": ("init", "Look at this repository and write .remit/policy.toml."),
    "kill": ("kill", "End a run and every process of it."),
    "ledger": ("ledger", "Verify the ledger of runs."),
    "new": ("new", "Draft a contract for a goal."),
    "packet": ("packet", "Print or open the review packet of a run."),
    "policy": ("policy", "Show the policy in force and where each line comes from."),
    "refuse": ("refuse", "Refuse one request of a run, with a reason."),
    "requests": ("requests", "List what agents ask for beyond their contracts."),
    "resume": ("resume", "Go on with a parked run."),
    "revoke": ("revoke", "End a grant before its time."),
    "rollback": ("rollback", "Restore paths of a run from its snapshot."),
    "run": ("run", "Run an agent under a contract."),
    "runs": ("runs", "List runs."),
    "scan": ("scan", "Say what past sessions cost, loops above all."),
    "show": ("show", "Show one run: what was asked, held and proven."),
    "stats": ("stats", "Count what runs cost people, and what they called wrong."),
}
"""Command name -> (module in ``commands/``, one line of help)."""


class LazyGroup(click.Group):
    """Imports a command's module only when that command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"remit.interfaces.cli.commands.{COMMANDS[cmd_name][0]}")
        command = module.command
        if not isinstance(command, click.Command):
            raise TypeError(f"{module.__name__}.command is not a click command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise UsageError(f"there is no command {args[0]!r}", _nearest(args[0]))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])


def _nearest(name: str) -> str:
    import difflib  # only a typing error needs it

    near = difflib.get_close_matches(name, COMMANDS, 1)
    return f"did you mean: remit {near[0]}" if near else "see: remit --help"


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="remit")
def remit() -> None:
    """Bounded autonomy for coding agents.

    \b
    remit run "fix the failing parser test" -- claude -p "fix the failing parser test"
    remit packet RUN --open
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point: one handler round every command, one exit code for every outcome."""
    _leave(run_command(arguments))


def _leave(code: int) -> NoReturn:
    """End the process without taking apart what was loaded: everything that matters was written
    and closed by then, and a person would wait for it as long as for a commit."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.exit(code)  # the interpreter tries again and says what could not be written
    os._exit(code)


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; commands return an ``Exit`` or None for yes."""
    try:
        result = remit.main(args=arguments, prog_name="remit", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        return Exit.INTERRUPTED
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except RemitError as error:
        _tell(error)
        return _exit_of(error)
    except Exception as error:  # noqa: BLE001 - the one handler round every command
        return _defect(error)
    return int(result) if result is not None else Exit.YES


def _defect(error: Exception) -> Exit:
    """A fault of ours: one line for the person, the trace where they ask for it."""
    if os.environ.get("REMIT_TRACE"):
        raise error
    click.echo(f"remit: a defect of Remit: {type(error).__name__}: {error}", err=True)
    click.echo("  next: run it again with REMIT_TRACE=1 and report what it prints", err=True)
    return Exit.UNEXPECTED


def _exit_of(error: RemitError) -> Exit:
    """What a person can mend is no surprise of ours: everything but a defect has its own code."""
    match error:
        case InvalidDocument():
            return Exit.INVALID
        case IntegrityError():
            return Exit.INTEGRITY
    return Exit.USAGE


def _tell(error: RemitError) -> None:
    """Print an error for a person: what and where, then what to do next. Names of files, and what
    stands in them, may be part of it."""
    from remit.adapters.render.escape import terminal_block  # most commands end without an error

    click.echo(f"remit: {terminal_block(error.message)}", err=True)
    if isinstance(error, IntegrityError):
        click.echo(terminal_block(f"  at {error.place}"), err=True)
    if isinstance(error, InvalidDocument):
        for problem in error.problems:
            where = f"line {problem.line}" if problem.line else "missing"
            click.echo(terminal_block(f"  {problem.key} ({where}): {problem.message}"), err=True)
            if problem.fix:
                click.echo(terminal_block(f"    fix: {problem.fix}"), err=True)
    if error.remedy:
        click.echo(terminal_block(f"  next: {error.remedy}"), err=True)
