"""Importing never lets run what its source refuses or asks about, and frees nothing it did not.

What the sources say is read here a second time and in another way: commands as text against
wildcards, paths by git itself.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.adapters.render.imports import draft_text
from remit.codec.claude_settings import parse_claude_settings
from remit.codec.policy_file import parse_policy
from remit.model.contract import Contract
from remit.model.decision import Decision, Outcome
from remit.model.imports import Fate, Imported, Verb
from remit.model.policy import PolicyLayer
from remit.policy.bounds import bound, widest
from remit.policy.layers import merge
from remit.services.explain import DEFAULT_CONTRACT, explain
from remit.services.imports.claude import ClaudeFile, import_claude
from remit.services.imports.paths import Anchors

PROGRAMS = ("frob", "npm", "git", "make", "mk")
WORDS = ("run", "push", "build", "-f", "--force", "x")
COMMANDS = st.builds(
    lambda program, words: " ".join((program, *words)),
    st.sampled_from(PROGRAMS),
    st.lists(st.sampled_from(WORDS), max_size=4),
)
PATTERNS = st.one_of(
    COMMANDS,
    st.builds(lambda command, end: command + end, COMMANDS, st.sampled_from((" *", ":*", "*"))),
    st.builds(
        lambda program, words: " ".join((program, *words)),
        st.sampled_from(PROGRAMS),
        st.lists(st.sampled_from((*WORDS, "*")), min_size=1, max_size=4),
    ),
)
WRAPPERS = st.sampled_from(("", "timeout 30 ", "nohup ", "nice ", "time ", "command "))


def lines(rules: Sequence[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Wrappers and commands: any, and such as ``rules`` speak of."""
    bodies = [re.sub(r":\*$", " *", rule[5:-1]) for rule in rules]
    near = [
        re.sub(r"\s+", " ", body.replace("*", word)) for body in bodies for word in ("x", "-f x")
    ]
    commands = st.one_of(COMMANDS, st.sampled_from(near)) if near else COMMANDS
    return st.lists(st.tuples(WRAPPERS, commands), min_size=1, max_size=3)


EVERYTHING = [f"Bash({program} *)" for program in PROGRAMS]
"""So that what is not held is free, and not asked about for want of a rule."""
RULES = st.lists(PATTERNS.map(lambda text: f"Bash({text})"), max_size=4)


def draft(permissions: dict[str, list[str]], root: str) -> tuple[Imported, Contract]:
    data = json.dumps({"permissions": permissions}).encode()
    file = ClaudeFile(
        "s.json", parse_claude_settings(data, "s.json"), Anchors(root, "/home/ada", root)
    )
    imported = import_claude([file])
    merged = merge([parse_policy(draft_text(imported), "draft", PolicyLayer.REPOSITORY)])
    return imported, bound(widest(DEFAULT_CONTRACT, merged.policy), merged).contract


def decide(contract: Contract, root: str, tool: str, **values: str) -> Decision:
    return explain(tool, dict(values), contract, cwd=root, root=root, home="/home/ada").decision


def fits(rule: str, command: str) -> bool:
    """Whether Claude Code takes ``command``, without wrappers, to be named by ``rule``."""
    text = re.sub(r":\*$", " *", rule.removeprefix("Bash(").removesuffix(")"))
    body = text.removesuffix(" *")
    if body != text and "*" not in body and command == body:
        return True
    return re.fullmatch(".*".join(map(re.escape, text.split("*"))), command) is not None


def unsaid(imported: Imported, verb: Verb) -> list[str]:
    """The rules of ``verb`` that the draft claims to hold: all but those it lists as left, and
    words that begin like the one it holds."""
    return [
        entry.rule.text.text
        for entry in imported.entries
        if entry.rule.verb is verb
        and entry.fate is not Fate.LEFT
        and not (entry.fate is Fate.PART and "only this word" in entry.why)
    ]


@settings(max_examples=300)
@given(deny=RULES, ask=RULES, allow=RULES, data=st.data())
def test_what_is_refused_or_asked_about_never_runs(
    deny: list[str], ask: list[str], allow: list[str], data: st.DataObject
) -> None:
    line = data.draw(lines([*deny, *ask]))
    rules = {"deny": deny, "ask": ask, "allow": [*allow, *EVERYTHING]}
    imported, contract = draft(rules, "/nowhere/shop")
    text = " && ".join(wrapper + command for wrapper, command in line)
    held_there = [
        rule
        for verb in (Verb.DENY, Verb.ASK)
        for rule in unsaid(imported, verb)
        if any(fits(rule, command) for _, command in line)
    ]
    if held_there:
        outcome = decide(contract, "/nowhere/shop", "Bash", command=text).outcome
        assert outcome is not Outcome.ALLOW, (text, held_there)


@settings(max_examples=300)
@given(allow=RULES, data=st.data())
def test_only_what_was_allowed_is_free(allow: list[str], data: st.DataObject) -> None:
    line = data.draw(lines(allow))
    _, without = draft({}, "/nowhere/shop")
    _, contract = draft({"allow": allow}, "/nowhere/shop")
    text = " && ".join(wrapper + command for wrapper, command in line)
    free = decide(contract, "/nowhere/shop", "Bash", command=text).outcome is Outcome.ALLOW
    was = decide(without, "/nowhere/shop", "Bash", command=text).outcome is Outcome.ALLOW
    if free and not was:
        for _, command in line:
            alone = decide(without, "/nowhere/shop", "Bash", command=command).outcome
            assert alone is Outcome.ALLOW or any(fits(rule, command) for rule in allow), command


NAMES = ("src", "private", "a.txt", "b.py", "docs")
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join)
GLOBS = st.one_of(
    st.sampled_from(NAMES).map(lambda name: f"{name}/**"),
    st.builds(
        lambda mark, parts: mark + "/".join(parts),
        st.sampled_from(("", "./", "/", "**/")),
        st.lists(st.sampled_from((*NAMES, "**", "*", "*.txt", "pri*")), min_size=1, max_size=3),
    ),
)


def named_by_git(root: str, patterns: Sequence[str], path: str) -> bool:
    """Whether a gitignore file at ``root`` names ``path``, as git reads it."""
    Path(root, ".git", "info", "exclude").write_text("\n".join(patterns) + "\n")
    done = subprocess.run(
        ["git", "-C", root, "check-ignore", "-q", "--no-index", path], check=False, timeout=30
    )
    return done.returncode == 0


def as_git(pattern: str) -> str:
    """A deny rule's path as gitignore has it: one folder is meant at any depth."""
    text = pattern.removeprefix("./")
    single = re.fullmatch(r"([^/*]+)/\*\*", text)
    return f"**/{single[1]}/**" if single else text


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("shop").resolve()
    subprocess.run(["git", "init", "-q", str(folder)], check=True, timeout=30)
    (folder / ".git" / "info").mkdir(exist_ok=True)
    return str(folder)


@settings(max_examples=150)
@given(deny=st.lists(GLOBS, min_size=1, max_size=3), path=PATHS, edits=st.booleans())
def test_a_path_that_is_refused_is_neither_read_nor_edited(
    root: str, deny: list[str], path: str, edits: bool
) -> None:
    tool = "Edit" if edits else "Read"
    imported, contract = draft({"deny": [f"{tool}({text})" for text in deny]}, root)
    kept = {text[5:-1] for text in unsaid(imported, Verb.DENY)}
    if not named_by_git(root, [as_git(text) for text in deny if text in kept], path):
        return
    whole = f"{root}/{path}"
    assert decide(contract, root, "Write", file_path=whole, content="x").held
    if not edits:
        assert decide(contract, root, "Read", file_path=whole).held
        assert decide(contract, root, "Bash", command=f"cat {path}").held
