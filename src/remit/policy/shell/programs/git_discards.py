"""Which git commands throw work away: what is not committed, or what others have."""

from __future__ import annotations

import re
from collections.abc import Callable

from remit.policy.shell.args import Arg
from remit.policy.wordlist import words

_SHORT = re.compile(r"-[A-Za-z]+")
_FILE = re.compile(
    r"\.{1,2}(?:/.*)?|.*/|:.*|.*[*?].*|(?:.*/)?[\w.-]*\.[A-Za-z][A-Za-z0-9]{0,5}"
    r"|(?:.*/)?(?:[A-Z][a-z]+file|(?!(?:[A-Z]+_)?HEAD$)[A-Z]{3,}[A-Z_-]*|gradlew|mvnw|configure|go\.mod)"
)
"""Reads as a path: git takes a name that is no branch for one, and overwrites the file."""


def discards(word: str, rest: tuple[Arg, ...]) -> bool:
    """Whether ``git word rest`` may throw work away. Doubt answers yes."""
    judge = _JUDGES.get(word)
    if judge is None:
        return False
    return not all(arg.sure and not arg.wild for arg in rest) or judge([a.text for a in rest])


_SHOWN = re.compile(r"-[dfqxX]*n[dfnqxX]*|--dry-run")
_WITH_IT = re.compile(r"-[dfnqxX]+|--dry-run|--force|--quiet")


def is_rehearsal(rest: tuple[Arg, ...]) -> bool:
    """``git clean -n`` shows what would be removed; with an option that takes a value, or one that
    takes ``-n`` back, it is not known to."""
    options = [arg.text for arg in rest if arg.text.startswith("-")]
    shown = any(map(_SHOWN.fullmatch, options)) and all(map(_WITH_IT.fullmatch, options))
    return shown and all(arg.sure for arg in rest)


def _has(given: list[str], letters: str, *names: str) -> bool:
    """One of ``letters`` among the short options, or one of ``names``."""
    for text in _options(given):
        long = text.split("=")[0]
        if len(long) > 2 and any(name.startswith(long) for name in names):
            return True  # git takes the beginning of an option for the whole
        if _SHORT.fullmatch(text) and set(text[1:]) & set(letters):
            return True
    return False


def _options(given: list[str]) -> list[str]:
    end = given.index("--") if "--" in given else len(given)
    return [text for text in given[:end] if text.startswith("-") and text != "-"]


def _operands(given: list[str]) -> list[str]:
    return [text for text in given if not text.startswith("-") or text == "-"]


def _reset(given: list[str]) -> bool:
    return _has(given, "p", "--hard", "--merge", "--patch")


_CHECKOUT_PLAIN = re.compile(
    r"--quiet|--no-quiet|--detach|--track(?:=\w+)?|--no-track|--(?:no-)?guess|--(?:no-)?progress"
    r"|--(?:no-)?recurse-submodules(?:=[\w-]+)?|--orphan|--no-overwrite-ignore|-U\d*|-[qdtlbB]+"
    r"|-[bB].+|--unified(?:=\d+)?|--inter-hunk-context(?:=\d+)?"
)
_COUNTED = ("-U", "--unified", "--inter-hunk-context")
"""How much of a change is shown; the number may be the next word."""


def _checkout(given: list[str]) -> bool:
    """Of a branch it refuses to lose changes; of a path it overwrites the file. A branch that is
    put elsewhere (``-B``) keeps in its log where it was."""
    given = [
        text
        for at, text in enumerate(given)
        if not (at and given[at - 1] in _COUNTED and text.isdecimal())
    ]
    if "--" in given and given[-1] != "--":
        return True
    if any(not _CHECKOUT_PLAIN.fullmatch(text) for text in _options(given)):
        return True
    creates = any(re.match(r"-[qtl]*[bB]|--orphan", text) for text in given)
    names = _operands(given)
    if creates:
        return len(names) > 2
    return len(names) > 1 or any(_FILE.fullmatch(name) for name in names)


def _switch(given: list[str]) -> bool:
    given = [re.sub(r"^(-[A-Za-z]*?[cC]).+", r"\1", text) for text in given]
    return _has(given, "f", "--force", "--discard-changes")


def _restore(given: list[str]) -> bool:
    staged = _has(given, "S", "--staged")
    return not staged or _has(given, "Wp", "--worktree", "--patch")


def _branch(given: list[str]) -> bool:
    return _has(given, "DMCf", "--force")


def _stash(given: list[str]) -> bool:
    return given[:1] not in (
        [],
        ["push"],
        ["pop"],
        ["apply"],
        ["save"],
        ["branch"],
        ["create"],
    ) and not (given[0].startswith("-"))


def _tag(given: list[str]) -> bool:
    return _has(given, "df", "--delete", "--force")


_PUSH_PLAIN = words(
    "-u --set-upstream -n --dry-run --tags --follow-tags -v --verbose -q --quiet --progress "
    "--no-progress --porcelain --atomic --thin --no-thin --no-verify --verify --signed --no-signed "
    "--all --branches --no-force-with-lease --no-follow-tags -4 -6 --ipv4 --ipv6 "
    "--recurse-submodules --push-option -o"
)


_LEASE = re.compile(r"--force-with-lease(?:=[^:]+)?|--force-if-includes")
_SHARED = re.compile(
    r"(?:.*[:/])?(?:main|master|trunk|default|dev|develop|development|stable|staging|prod|production"
    r"|releases?(?:[-/].*)?)"
)
"""Branches that many build upon: nobody replaces what they hold as a matter of course."""


def _push(given: list[str]) -> bool:
    """Anything but adding commits to a branch, or replacing what was fetched from it: git keeps
    that here, and refuses where somebody else has pushed since."""
    if {"-n", "--dry-run"} & {*_options(given)} and not any("--no-d" in text for text in given):
        return False
    plain = all(
        text.split("=")[0] in _PUSH_PLAIN or _LEASE.fullmatch(text) for text in _options(given)
    )
    named = _operands(given)
    leased = any(map(_LEASE.fullmatch, given)) and any(map(_SHARED.fullmatch, named[1:]))
    return not plain or leased or any(text.startswith((":", "+")) for text in named)


def _pull(given: list[str]) -> bool:
    forced = any(text.startswith("+") for text in _operands(given))
    return forced or _has(given, "f", "--force")


def _aborts(given: list[str]) -> bool:
    """Ends a merge or a rebase half done, with what was resolved in it."""
    return _has(given, "", "--abort", "--quit")


def _lfs(given: list[str]) -> bool:
    """Fetching what the commits name adds files and takes nothing away."""
    return given[:1] not in (["pull"], ["fetch"], ["checkout"]) or _has(given, "p", "--prune")


def _remove(given: list[str]) -> bool:
    """git removes what the last commit holds, unless it is forced."""
    return _has(given, "f", "--force")


def _worktree(given: list[str]) -> bool:
    known = given[:1] in (["add"], ["remove"], ["prune"], ["lock"], ["unlock"], ["repair"])
    return not known or _has(given, "fB", "--force")


def _bisect(given: list[str]) -> bool:
    return given[:1] not in ([word] for word in words("start good bad new old skip reset terms"))


_JUDGES: dict[str, Callable[[list[str]], bool]] = {
    "reset": _reset,
    "checkout": _checkout,
    "switch": _switch,
    "restore": _restore,
    "branch": _branch,
    "stash": _stash,
    "tag": _tag,
    "push": _push,
    "pull": _pull,
    "fetch": _pull,
    "merge": _aborts,
    "rebase": _aborts,
    "cherry-pick": _aborts,
    "revert": _aborts,
    "am": _aborts,
    "lfs": _lfs,
    "rm": _remove,
    "mv": _remove,
    "worktree": _worktree,
    "bisect": _bisect,
}
