"""git: what reads is free; what changes its state is Remit's to do."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

from remit.model.groups import Group
from remit.model.request import Effect, EffectKind
from remit.policy.shell.args import Arg
from remit.policy.shell.dynamic import Family
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import may_mean, split
from remit.policy.shell.programs.git_discards import discards, is_rehearsal
from remit.policy.shell.programs.git_names import reached, read_by, touched
from remit.policy.wordlist import words
from remit.policy.zones import is_secret

_VALUED = words("-C -c --git-dir --work-tree --namespace --exec-path --config-env")
_STEERING = ("-c", "--config-env", "--git-dir", "--work-tree", "--exec-path", "--namespace")
_QUIET_CONFIG = re.compile(
    r"(?:core\.(?:quotepath|pager=cat|abbrev)|color\.\w+|advice\.\w+|pager\.\w+=(?:false|cat))(?:=.*)?",
    re.IGNORECASE,
)
_READING = words(
    "status log show diff blame annotate grep ls-files ls-tree rev-parse rev-list describe "
    "shortlog cat-file name-rev merge-base for-each-ref show-ref var count-objects "
    "diff-tree diff-index diff-files whatchanged cherry check-ignore check-attr "
    "check-ref-format verify-commit verify-tag help version show-branch range-diff fsck "
    "get-tar-commit-id column stripspace patch-id --version --help"
)
_NAMES = {"ls-files": "", "grep": "-l --files-with-matches", "diff": "--name-only"}
"""What makes a command print names of tracked files and nothing else."""
_STILL_NAMES = words(
    "-z -c -m -d -o -i -w -E -F -P -e -r --cached --modified --deleted --others --exclude-standard "
    "--staged --full-name --recurse-submodules --diff-filter"
)
_LISTS_BY = re.compile(r"--u|--ex?(?:e|=|$)|.*::")
"""Options of ``ls-remote`` that name a program, in any beginning git takes; helpers for URLs."""
_OUT = ("-o", "--output", "--output-directory")
_RUNS_COMMANDS = ("-x", "--exec", "-i", "--interactive", "-e", "--edit", "-p", "--patch")
"""Start another program: what it was given, or an editor."""
_STEPS = re.compile(r"-[a-zA-Z]*[xi]")
"""A rebase that runs a command after each commit, among other short options."""
_RUNS = ("--ext-diff", "--open-files-in-pager", "-O", "--textconv", "--exec", "--upload-pack")


def _git(inv: Invocation) -> Iterator[Effect]:
    if [arg.text for arg in inv.args] in (["--exec-path"], ["--html-path"], ["--man-path"]):
        yield inv.ran()
        return
    found = split(inv.args, _VALUED, ordered=True)
    for option in found.options:
        if option.name in _STEERING and not (
            option.value and _QUIET_CONFIG.fullmatch(option.value.text)
        ):
            yield inv.dynamic(Family.ENVIRONMENT, f"git {option.name}")
    folders = tuple(found.values("-C"))
    yield from inv.reads(*folders)
    if not found.operands:
        yield inv.ran()
        return
    word, rest = found.operands[0], found.operands[1:]
    if not word.sure:
        yield inv.dynamic(Family.COMMAND, f"git {word.text}")
        return
    yield from _command(inv, word.text, rest, bool(folders))


def dashed(inv: Invocation) -> Iterator[Effect]:
    """``git-lfs pull`` is ``git lfs pull``."""
    word = inv.name.rpartition("/")[2].removeprefix("git-")
    yield from _git(inv.renamed("git", (Arg(word), *inv.args)))


def _command(
    inv: Invocation, word: str, rest: tuple[Arg, ...], elsewhere: bool
) -> Iterator[Effect]:
    if word == "ls-remote" or [word, *(arg.text for arg in rest[:1])] == ["remote", "show"]:
        odd = any(_LISTS_BY.match(arg.text) or not arg.sure for arg in rest)
        yield inv.unknown(f"git {word}") if odd else inv.looks(Group.REMOTE, f"git {word}")
    elif _asks_help(rest):
        yield inv.ran()
    elif word == "bisect" and [arg.text for arg in rest[:1]] == ["run"]:
        yield inv.effect(EffectKind.VCS, word)
        inv.run(rest[1:])
    elif word in _READING or (word in _MIXED and _MIXED[word](rest)):
        yield from _reading(inv, word, rest, elsewhere)
    else:
        for arg in rest:
            starts = arg.text.startswith(("--upl", "--rece", "--exe"))
            starts = starts or (word == "rebase" and _STEPS.match(arg.text) is not None)
            if starts or may_mean(arg.text, _RUNS_COMMANDS):
                yield inv.dynamic(Family.COMMAND, f"git {word} {arg.text}")
        if any(arg.text.startswith("ext::") for arg in rest):
            yield inv.dynamic(Family.COMMAND, f"git {word} of a command")
        yield inv.effect(EffectKind.VCS, word)
        if discards(word, rest):
            yield inv.effect(EffectKind.VCS, f"discard {word}")
        yield from read_by(inv, word, rest)
        yield from reached(inv, word, rest)
        yield from touched(inv, word, rest)


def _asks_help(rest: tuple[Arg, ...]) -> bool:
    return [arg.text for arg in rest] in (["--help"], ["-h"])


def _reading(
    inv: Invocation, word: str, rest: tuple[Arg, ...], elsewhere: bool
) -> Iterator[Effect]:
    options = [arg.text for arg in rest if arg.text.startswith("-")]
    for at, arg in enumerate(rest):
        _, equals, value = arg.text.partition("=")
        if may_mean(arg.text, _OUT) and word not in ("ls-files", "grep"):
            yield from inv.writes(Arg(value) if equals else (rest[at + 1 : at + 2] or (arg,))[0])
    runs = [option for option in options if may_mean(option, _RUNS) or _opens(word, option)]
    if runs and word in ("diff", "grep", "show", "blame"):
        yield inv.unknown(f"git {word} {runs[0]}")
    yield from _named(inv, word, rest, elsewhere)
    yield from read_by(inv, word, rest)
    if not elsewhere and _prints_names(word, options):
        inv.outputs.append(Arg("**", True, True))
    yield inv.ran()


def _opens(word: str, option: str) -> bool:
    """``git grep -nOcommand``: the command stands in the same word."""
    return word == "grep" and re.match(r"-[A-Za-z]*O", option) is not None


def _prints_names(word: str, options: list[str]) -> bool:
    asks = frozenset(_NAMES.get(word, "?").split())
    given = {option.split("=")[0] for option in options}
    return (not asks or bool(asks & given)) and given <= _STILL_NAMES | asks


_IN_A_COMMIT = re.compile(r"(?:-L.+|[\w./~^@{}-]*):[^\s%:(!^]+")
"""``HEAD:path``, ``:path``, ``-L1,5:path``."""


def _named(inv: Invocation, word: str, rest: tuple[Arg, ...], elsewhere: bool) -> Iterator[Effect]:
    """Secret files are not printed out of git either; ``--no-index`` reads any file."""
    outside = any(arg.text == "--no-index" for arg in rest)
    mark = next((at for at, arg in enumerate(rest) if arg.text == "--"), len(rest))
    for at, arg in enumerate(rest):
        lines = arg.text.startswith("-L") and ":" in arg.text
        if (arg.text.startswith("-") and not lines) or not arg.sure:
            continue
        path = arg.text.rsplit(":", 1)[-1]
        path = posixpath.normpath(path) if path else ""
        told = at > mark or word in ("blame", "annotate") or _IN_A_COMMIT.fullmatch(arg.text)
        if outside or told or is_secret(path) or "." in path.rsplit("/", 1)[-1]:
            if path and ".." not in path and not elsewhere:
                yield from inv.reads(Arg(path, True, arg.wild))
            elif outside:
                yield from inv.reads(arg)


def _none(names: str) -> Callable[[tuple[Arg, ...]], bool]:
    """Reads as long as it has no operand and only options of ``names``."""
    known = frozenset(names.split())
    return lambda rest: all(arg.sure and arg.text.split("=")[0] in known for arg in rest)


def _listing(words: str) -> Callable[[tuple[Arg, ...]], bool]:
    """Reads where its first word is one of ``words``."""
    known = frozenset(words.split())
    return lambda rest: bool(rest) and rest[0].text in known


def _branch(rest: tuple[Arg, ...]) -> bool:
    listing = _none(
        "-a -r -v -vv --all --list -l --show-current --remotes --verbose --sort --format "
        "--merged --no-merged --contains --points-at"
    )
    given = [arg.text for arg in rest]
    asks = any(text in ("--list", "-l", "--contains", "--merged", "--no-merged") for text in given)
    writes = any(
        re.match(r"-[dDmMcCfu]|--(?:del|mov|cop|for|set|uns|edit|tr|create)", text)
        for text in given
    )
    return listing(rest) or (asks and not writes)


_CONFIG_READS = words("--get --get-all --get-regexp --get-urlmatch --list -l")
_CONFIG_PLAIN = _CONFIG_READS | words(
    "--global --system --local --worktree --name-only --show-origin --show-scope -z --null --type "
    "--bool --int --path --default --includes --no-includes --all --regexp"
)


def _config(rest: tuple[Arg, ...]) -> bool:
    """A name alone is read, a name and a word sets it, whatever the word is."""
    given = [arg.text.split("=")[0] for arg in rest if arg.text.startswith("-")]
    plain = [arg.text for arg in rest if not arg.text.startswith("-")]
    if not set(given) <= _CONFIG_PLAIN or not all(arg.sure for arg in rest):
        return False
    asked = bool(_CONFIG_READS & set(given)) or plain[:1] in (["get"], ["list"])
    return asked or (len(plain) == 1 and "." in plain[0])


_APPLY_LOOKS = re.compile(
    r"--(?:check|stat|numstat|summary|verbose|quiet|reverse|cached|recount|unidiff-zero"
    r"|ignore-whitespace|(?:whitespace|directory|include|exclude)=.*)|-[vqRz]|-p\d|[^-].*|-"
)


def _apply(rest: tuple[Arg, ...]) -> bool:
    asks = any(arg.text in ("--check", "--stat", "--numstat", "--summary") for arg in rest)
    return asks and all(arg.sure and _APPLY_LOOKS.fullmatch(arg.text) for arg in rest)


def _reflog(rest: tuple[Arg, ...]) -> bool:
    """Its other commands may follow options."""
    changes = any(arg.text in ("expire", "delete", "drop", "write") for arg in rest)
    return not changes and (not rest or rest[0].text == "show" or rest[0].text[:1] == "-")


def _symbolic_ref(rest: tuple[Arg, ...]) -> bool:
    named = [arg for arg in rest if arg.text[:1] != "-"]
    return len(named) == 1 and not any(may_mean(arg.text, ("-d", "--delete")) for arg in rest)


_ARCHIVES = re.compile(
    r"-[lv0-9]|--list|--verbose|--format=[\w.]+|--prefix=[\w./-]+|-o|--output(?:=.+)?|[^-].*"
)
"""What packs a commit of this repository: no program is started, no other one asked."""
_MIXED: dict[str, Callable[[tuple[Arg, ...]], bool]] = {
    "branch": _branch,
    "tag": lambda rest: (
        not rest or rest[0].text in ("-l", "--list", "--contains", "--points-at", "-n")
    ),
    "remote": lambda rest: (
        not rest or [a.text for a in rest] in (["-v"], ["--verbose"]) or rest[0].text == "get-url"
    ),
    "stash": _listing("list show"),
    "config": _config,
    "reflog": _reflog,
    "worktree": _listing("list"),
    "submodule": _listing("status summary"),
    "notes": _listing("list show"),
    "bisect": _listing("log view"),
    "symbolic-ref": _symbolic_ref,
    "interpret-trailers": lambda rest: not any(may_mean(a.text, ("--in-place",)) for a in rest),
    "hash-object": lambda rest: not any(arg.text == "-w" for arg in rest),
    "apply": _apply,
    "clean": is_rehearsal,
    "archive": lambda rest: all(arg.sure and _ARCHIVES.fullmatch(arg.text) for arg in rest),
    "sparse-checkout": _listing("list"),
    "bundle": _listing("verify list-heads"),
    "rerere": _listing("status diff remaining"),
    "commit-graph": _listing("verify"),
    "replace": lambda rest: not rest or rest[0].text in ("-l", "--list"),
    "lfs": _listing("ls-files status env version"),
}

PROGRAMS: dict[str, Handler] = {"git": _git}
