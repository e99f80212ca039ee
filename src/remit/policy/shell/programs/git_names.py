"""What the arguments of git commands name: files, places for files, repositories elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.model.request import Effect, EffectKind
from remit.policy.shell.args import Arg
from remit.policy.shell.invocation import Invocation
from remit.policy.shell.options import split
from remit.policy.shell.programs.network import host_of
from remit.policy.wordlist import words

_READ = {
    "commit": "-F --file -t --template --pathspec-from-file",
    "tag": "-F --file",
    "merge": "-F --file",
    "notes": "-F --file",
    "blame": "--contents --ignore-revs-file -S",
    "annotate": "--contents --ignore-revs-file -S",
    "ls-files": "-X --exclude-from",
    "grep": "-f",
    "add": "--pathspec-from-file",
    "reset": "--pathspec-from-file",
    "stash": "--pathspec-from-file",
    "checkout": "--pathspec-from-file",
    "restore": "--pathspec-from-file",
    "rm": "--pathspec-from-file",
}
"""Options whose value is a file that is read, and may come out again as a message or an error."""
_VALUED = {
    "commit": "-m --message -C -c --author --date --cleanup --fixup --squash --trailer -S",
    "tag": "-m --message -u --local-user --cleanup --sort --format",
    "merge": "-m --message -s --strategy -X --strategy-option --cleanup --into-name",
    "notes": "-m --message -C -c --ref",
    "stash": "-m --message",
    "grep": "-e -A -B -C -m --max-depth --max-count --threads --color",
    "blame": "-L --date --since",
    "annotate": "-L --date --since",
}
"""Options of the same commands whose value is something else."""
_REMOTES = words("push pull fetch")
_REMOTE_VALUED = words("-o --push-option -j --jobs --depth --deepen --shallow-since -s -X --refmap")
_SCP = re.compile(r"(?:[^/@:]+@)?([^/:@]+):(?!:)")


def read_by(inv: Invocation, word: str, rest: tuple[Arg, ...]) -> Iterator[Effect]:
    """The files that options of ``git word`` read."""
    names = _READ.get(word)
    if names is None:
        return
    files = frozenset(names.split())
    found = split(rest, files | frozenset(_VALUED.get(word, "").split()))
    for option in found.options:
        begun = option.name.startswith("--") and any(f.startswith(option.name) for f in files)
        if (
            option.value is not None
            and (option.name in files or begun)
            and option.value.text != "-"
        ):
            yield from inv.reads(option.value)


def reached(inv: Invocation, word: str, rest: tuple[Arg, ...]) -> Iterator[Effect]:
    """Where ``git push``, ``pull`` and ``fetch`` go if it is no remote by its name: a remote is
    what a person set up, an address is not."""
    if word not in _REMOTES:
        return
    found = split(rest, _REMOTE_VALUED)
    for place in (*found.operands[:1], *found.values("--repo")):
        address = _SCP.match(place.text)
        if "://" in place.text and not place.text.startswith("file:"):
            yield inv.effect(EffectKind.CONNECT, host_of(place))
        elif place.text.startswith(("/", ".", "~", "file:")):
            written = Arg(place.text.removeprefix("file://"), place.sure)
            yield from inv.writes(written) if word == "push" else inv.reads(written)
        elif address and place.sure:
            yield inv.effect(EffectKind.CONNECT, address[1].lower())


def touched(inv: Invocation, word: str, rest: tuple[Arg, ...]) -> Iterator[Effect]:
    """Paths in the tree, or beside it, that a changing command takes away or makes."""
    found = split(rest, words("-b -B --reason --prefix"))
    operands = found.operands
    if (word == "rm" and not found.has("--cached")) or word == "mv":
        yield from inv.deletes(*operands)
    elif word == "worktree" and operands[:1] and operands[0].text in ("add", "move"):
        yield from inv.writes(*(Arg(f"{a.text}/", a.sure, a.wild) for a in operands[1:2]))
        yield from inv.writes(*operands[2:] if operands[0].text == "move" else ())
    elif word == "worktree" and operands[:1] and operands[0].text == "remove":
        yield from inv.deletes(*operands[1:])
