"""``remit explain``: how a command or tool call would be decided, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from remit.adapters.render.escape import terminal, terminal_block
from remit.errors import UsageError
from remit.interfaces.cli.exits import Exit
from remit.model.contract import Contract, Evidence
from remit.model.decision import Outcome
from remit.model.json import JsonObject
from remit.model.untrusted import Untrusted
from remit.services.explain import DEFAULT_CONTRACT, Explained, explain, explained_json
from remit.system.files import find_root

_COLOURS = {Outcome.ALLOW: "green", Outcome.ASK: "yellow"}
_FIELDS = {"NotebookEdit": "notebook_path", "Glob": "path", "Grep": "path", "LS": "path"}
_MOST_EFFECTS = 30


@click.command("explain")
@click.argument("text", metavar="[COMMAND|CALL]", required=False)
@click.option("--tool", default="", help="Explain this tool instead of a shell command.")
@click.option("--path", default="", help="The path the tool is given.")
@click.option("--url", default="", help="The address the tool is given.")
@click.option(
    "--contract",
    type=click.Path(path_type=Path),
    help="Decide under this contract. Without it edits anywhere here are in scope, and the "
    "repository's own checks run.",
)
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    help="Decide under this policy instead of a contract: under the widest it permits. With "
    "--contract under both.",
)
@click.option(
    "--wrong",
    default="",
    metavar="RUN",
    help="Say that this run decided CALL wrongly; without CALL, list its calls.",
)
@click.option("--reason", default="", help="Why the decision was wrong; kept in the record.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def command(
    text: str | None,
    tool: str,
    path: str,
    url: str,
    contract: Path | None,
    policy: Path | None,
    wrong: str,
    reason: str,
    as_json: bool,
) -> Exit:
    """Say how a command or tool call would be decided, and why.

    With --wrong a person says that a call of a run was held or let through wrongly. That is kept
    in the run's record and counted by remit stats; it changes no decision and grants nothing.

    \b
    Exit codes: 0 it would run, 1 it would be held.

    \b
    remit explain 'git push origin main'
    remit explain --tool Write --path src/app.py --contract fix-parser.toml
    remit explain --wrong last CALL --reason "the fixture is ours"
    """
    if wrong:
        return _wrong(wrong, text or "", reason, as_json=as_json)
    name, values = _call(text, tool, path, url)
    explained = _explained(name, values, _contract(contract, policy))
    if (
        contract is None
        and policy is None
        and explained.decision.reasons[0].rule == "command.unknown"
    ):
        explained = _explained(name, values, _with_checks(DEFAULT_CONTRACT))
    if as_json:
        _print_json(explained_json(explained))
    else:
        from remit.interfaces.cli.output import print_text

        for line in _lines(explained):
            print_text(line)
    return Exit.NO if explained.decision.held else Exit.YES


def _wrong(run: str, call: str, reason: str, *, as_json: bool) -> Exit:
    # Only here: speaking to runs takes longer to import than deciding takes to run.
    from remit.interfaces.cli.wrong import list_calls, mark_wrong

    if call:
        mark_wrong(run, call, reason, as_json=as_json)
    else:
        list_calls(run, as_json=as_json)
    return Exit.YES


def _explained(name: str, values: JsonObject, contract: Contract) -> Explained:
    cwd = str(Path.cwd())
    root = find_root(cwd) or cwd
    return explain(name, values, contract, cwd=cwd, root=root, home=str(Path.home()))


def _with_checks(contract: Contract) -> Contract:
    """With the checks of this repository, which every contract drafted here permits to run."""
    # Only where it may matter: looking at a repository takes longer than deciding.
    from remit.interfaces.cli.place import here_if_any
    from remit.services.workplace import facts_of, policy_in_force

    place = here_if_any()
    if place is None:
        return contract
    known = policy_in_force(place).policy.checks or facts_of(place).checks
    return replace(contract, evidence=Evidence(tuple(entry.check for entry in known)))


def _call(text: str | None, tool: str, path: str, url: str) -> tuple[str, JsonObject]:
    if not tool:
        if text is None or not text.strip():
            raise UsageError("there is nothing to explain", "remit explain 'npm test'")
        return "Bash", {"command": text}
    if tool == "Bash":
        return tool, {"command": text or ""}
    named: dict[str, str] = {"content": "", "old_string": "", "new_string": "", "pattern": "*"}
    if path:
        named[_FIELDS.get(tool, "file_path")] = str(Path.cwd() / path)
    if url:
        named["url"] = url
    if text:
        named["query"] = text
    return tool, named


def _contract(path: Path | None, policy: Path | None) -> Contract:
    contract = DEFAULT_CONTRACT if path is None else _read_contract(path)
    if policy is None:
        return contract
    from remit.policy.bounds import bound, widest  # likewise
    from remit.services.policies import load_one

    merged = load_one(policy)
    return bound(widest(contract, merged.policy) if path is None else contract, merged).contract


def _read_contract(path: Path) -> Contract:
    # Only here: reading contracts takes longer to import than deciding takes to run.
    from remit.codec.contract import parse
    from remit.codec.toml import MAX_BYTES, decode
    from remit.system.documents import read_document

    data = read_document(path, MAX_BYTES)
    if data is None:
        raise UsageError(f"there is no file {path}", 'draft one: remit new "GOAL" --output FILE')
    return parse(decode(data, str(path)), str(path))


def _print_json(value: JsonObject) -> None:
    from remit.interfaces.cli.output import print_json

    print_json(value)


def _lines(explained: Explained) -> Iterator[str]:
    decision = explained.decision
    verdict = "allowed" if not decision.held else f"held ({decision.outcome.value})"
    yield click.style(verdict, fg=_COLOURS.get(decision.outcome, "red"), bold=True)
    yield from _indented(explained.answer)
    others = [reason for reason in decision.reasons[1:] if reason.outcome is not Outcome.ALLOW]
    if others:
        yield "Also:"
        for reason in others[:5]:
            yield from _indented(f"{reason.message} [{reason.rule}]")
    if decision.held:
        yield "What a person could grant in a run:"
        for item in explained.wants:
            yield f"  {item.kind.value:<9} {terminal(Untrusted(item.subject))}"
        if not explained.wants:
            yield "  nothing: it takes another contract"
    yield "What it would do:"
    for effect in explained.effects[:_MOST_EFFECTS]:
        yield f"  {effect.kind.value:<9} {terminal(Untrusted(effect.target))}"
    if len(explained.effects) > _MOST_EFFECTS:
        yield f"  and {len(explained.effects) - _MOST_EFFECTS} more"


def _indented(text: str) -> Iterator[str]:
    for line in terminal_block(Untrusted(text)).splitlines():
        yield f"  {line}"
