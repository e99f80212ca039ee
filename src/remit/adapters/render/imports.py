"""What was imported: the draft with where each line comes from, and what is not the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from remit.adapters.render.escape import ci_log, json_text
from remit.codec.toml_write import noted
from remit.model.imports import Entry, Fate, Imported, Key, Source, SourceRule
from remit.model.json import JsonObject

_TOOLS = {
    Source.CLAUDE_SETTINGS: "Claude Code",
    Source.DCG: "dcg (destructive_command_guard)",
    Source.SAFETY_NET: "cc-safety-net",
}
_SAID = {
    Key.READ: "The most that may be read.",
    Key.EDIT: "The most that may be edited.",
    Key.NEVER_READ: "Never read, and not edited either.",
    Key.NEVER_EDIT: "Never edited; a try ends the run.",
    Key.FREE: "The most that may run unasked by its name; = is the whole command.",
    Key.ASK: "Wait for a person.",
    Key.NEVER: "Refused.",
    Key.EXACT: "Nothing outside free runs unasked.",
    Key.TOOLS: "Tools of the agent that it may not use.",
    Key.HOSTS: "The most that may be reached.",
}
_LONGEST = 160
_MOST_NAMED = 2


def draft_text(imported: Imported) -> str:
    """The policy as TOML, with comments. Nothing of the imported files can end a comment, or be a
    command to who shows it: items of lists hold only what can be seen."""
    lines = [*_head(imported), *_account(imported.entries), "schema = 1", *_tables(imported)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(imported: Imported) -> Iterator[str]:
    yield f"# A policy for Remit, drafted from the rules of {_TOOLS[imported.source]}."
    yield "# Nothing is in force by it. Read it, change it and try it:"
    yield "#   remit explain --policy FILE 'npm test'"
    yield "# Then commit it as .remit/policy.toml, and: remit policy accept"
    yield "#"
    yield "# Read:"
    yield from (f"#   {_cut(ci_log(name))}" for name in imported.files)
    yield "#"


def _account(entries: Sequence[Entry]) -> Iterator[str]:
    weaker = [entry for entry in entries if entry.weaker]
    if weaker:
        yield "# HELD BACK LESS THAN BEFORE. Decide about these first:"
        yield from _told(weaker)
    others = [entry for entry in entries if not entry.weaker]
    for fate, title in (
        (Fate.LEFT, "Not carried over:"),
        (Fate.NARROWER, "Narrower here:"),
        (Fate.HELD, "Needs no line:"),
    ):
        found = [entry for entry in others if entry.fate is fate]
        if found:
            yield f"# {title}"
            yield from _told(found)


def _told(entries: Sequence[Entry]) -> Iterator[str]:
    for entry in entries:
        yield f"#   {_rule(entry.rule)}"
        if entry.fate is Fate.PART:
            yield f"#     in part: {ci_log(entry.why)}"
        else:
            yield f"#     {ci_log(entry.why)}"
        if entry.instead:
            yield f"#     write instead, if it is meant: {ci_log(entry.instead)}"
    yield "#"


def _rule(rule: SourceRule) -> str:
    place = _cut(ci_log(rule.place.file))
    line = f":{rule.place.line}" if rule.place.line else ""
    return f"{place}{line}  {rule.verb} {_cut(ci_log(rule.text))}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _tables(imported: Imported) -> Iterator[str]:
    named = ""
    for key in Key:
        found = imported.lines(key)
        if not found:
            continue
        table, _, name = key.partition(".")
        if table != named:
            yield from ("", f"[{table}]")
        named = table
        yield f"# {_SAID[key]}"
        if key is Key.EXACT:
            yield f"{name} = true  # {_origins(found[''])}"
        else:
            items = ((item, _origins(entries)) for item, entries in found.items())
            yield f"{name} = {noted(items)}"


def _origins(entries: Sequence[Entry]) -> str:
    first = "; ".join(_rule(entry.rule) for entry in entries[:_MOST_NAMED])
    more = len(entries) - _MOST_NAMED
    return f"{first}; and {more} more" if more > 0 else first


def account_line(imported: Imported) -> str:
    """``14 rules: 6 carried over, …``."""
    counts = Counter(entry.fate for entry in imported.entries)
    parts = [f"{counts[fate]} {fate}" for fate in reversed(Fate) if counts[fate]]
    noun = "rule or setting" if len(imported.entries) == 1 else "rules and settings"
    return f"{len(imported.entries)} {noun}: {', '.join(parts)}" if parts else "no rules"


def import_json(imported: Imported, draft: str) -> JsonObject:
    """``{"source", "files", "draft", "counts", "rules": [{"verb", "rule", "file", "line", "fate",
    "weaker", "lines": [{"key", "item"}], "why", "instead"}]}``."""
    counts = Counter(entry.fate for entry in imported.entries)
    return {
        "source": imported.source.value,
        "files": [json_text(name) for name in imported.files],
        "draft": draft,
        "counts": {fate.value: counts[fate] for fate in Fate},
        "rules": [_entry_json(entry) for entry in imported.entries],
    }


def _entry_json(entry: Entry) -> JsonObject:
    rule = entry.rule
    return {
        "verb": rule.verb.value,
        "rule": json_text(rule.text),
        "file": json_text(rule.place.file),
        "line": rule.place.line or None,
        "fate": entry.fate.value,
        "weaker": entry.weaker,
        "lines": [{"key": line.key.value, "item": line.item} for line in entry.lines],
        "why": json_text(entry.why),
        "instead": json_text(entry.instead),
    }
