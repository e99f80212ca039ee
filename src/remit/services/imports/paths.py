"""Path patterns of Claude Code as patterns of a policy.

Both read gitignore syntax. Claude Code anchors a pattern at the working directory, at the place
of its file (``/``), at the home (``~/``) or at the root of the filesystem (``//``); a policy's are
relative to the root of the repository, and nothing in one speaks of what lies outside.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from remit.model.imports import Fate, Key, Verb
from remit.policy.wordlist import words
from remit.services.imports.carry import Carry, carried, held, left

_WILD = re.compile(r"[*?\[]")
_READ_UNASKED = words("/usr /bin /sbin /lib /lib32 /lib64 /opt /nix /etc /proc /sys /dev")
_TOOLCHAINS = words(
    ".pyenv .nvm .rustup .cargo .rbenv .asdf .sdkman .volta .bun go .local .m2 .gradle"
)
_ASKS = "Remit asks before it reads anything outside the repository, and refuses credentials"
_REFUSES = "Remit refuses every edit outside the repository"


@dataclass(frozen=True, slots=True)
class Anchors:
    """Where patterns of a file begin. ``root`` and ``home`` are absolute; ``own`` is what ``/``
    stands for, ``""`` where that is not known."""

    root: str
    home: str
    own: str


@dataclass(frozen=True, slots=True)
class _Inside:
    """A pattern relative to the repository. ``anchored``: only from its root down."""

    text: str
    anchored: bool


@dataclass(frozen=True, slots=True)
class _Outside:
    """An absolute pattern. ``also`` is the part of it that lies in the repository, or None."""

    fixed: str
    also: _Inside | None


def read_rule(text: str, verb: Verb, anchors: Anchors) -> Carry:
    """What becomes of ``Read(text)``."""
    place = _place(text, anchors)
    if isinstance(place, str):
        return left(place)
    if verb is Verb.ALLOW:
        return _allowed_read(place)
    if isinstance(place, _Outside):
        return _unread_outside(place, verb, anchors)
    return _never_read(place, verb)


def edit_rule(text: str, verb: Verb, anchors: Anchors) -> Carry:
    """What becomes of ``Edit(text)``."""
    place = _place(text, anchors)
    if isinstance(place, str):
        return left(place)
    if isinstance(place, _Outside) and verb is Verb.ALLOW:
        return left("no contract opens edits outside the repository")
    if isinstance(place, _Outside):
        return _never_edit(place.also, verb) if place.also else held(_REFUSES)
    return _edit(place) if verb is Verb.ALLOW else _never_edit(place, verb)


def _allowed_read(place: _Inside | _Outside) -> Carry:
    if isinstance(place, _Inside):
        return held("everything in the repository may be read but for secrets")
    return left("Remit asks before it reads anything outside the repository")


def _unread_outside(place: _Outside, verb: Verb, anchors: Anchors) -> Carry:
    inside = _never_read(place.also, verb) if place.also else None
    if _is_read_unasked(place.fixed, anchors.home):
        why = "outside the repository Remit reads system files and toolchains unasked"
        return Carry(Fate.PART, inside.lines, why) if inside else left(why)
    return inside if inside else held(_ASKS)


def _is_read_unasked(fixed: str, home: str) -> bool:
    """Whether something at or below ``fixed`` is read without a question."""
    tools = tuple(posixpath.join(home, name) for name in _TOOLCHAINS)
    return any(_is_below(fixed, top) or _is_below(top, fixed) for top in (*_READ_UNASKED, *tools))


def _is_below(path: str, top: str) -> bool:
    return top in ("", "/") or path == top or path.startswith(f"{top}/")


def _never_read(place: _Inside, verb: Verb) -> Carry:
    why = "Remit has no question for a path: it refuses" if verb is Verb.ASK else _more(place)
    return carried(Key.NEVER_READ, _everywhere(place), why=why)


def _never_edit(place: _Inside, verb: Verb) -> Carry:
    asks = "Remit has no question for a path, and " if verb is Verb.ASK else ""
    return carried(Key.NEVER_EDIT, _everywhere(place), why=f"{asks}a try ends the run")


def _more(place: _Inside) -> str:
    if place.anchored and "/" not in place.text.rstrip("/"):
        return "a name without a folder is meant in every folder"
    return ""


def _everywhere(place: _Inside) -> str:
    """The pattern that holds at least as much: a single folder in every folder, as Claude Code
    takes what denies and asks, and with all that is in a folder what is in folders there."""
    folder, slash, rest = place.text.partition("/")
    if not place.anchored and slash and rest == "**" and not _WILD.search(folder):
        return f"**/{folder}/**"
    return f"{place.text}*" if place.text.endswith("/*") else place.text


def _edit(place: _Inside) -> Carry:
    if place.anchored and "/" not in place.text:
        why = "a name without a folder would be meant in every folder"
        return left(why, "its folder, under scope.edit of a contract")
    why = "no contract may edit elsewhere; Claude Code asks there"
    return carried(Key.EDIT, place.text, why=why)


def _place(text: str, anchors: Anchors) -> _Inside | _Outside | str:
    """Where a pattern points, or why it cannot be carried over."""
    fault = _fault(text)
    if fault:
        return fault
    if text.startswith("//"):
        return _absolute(text[1:], anchors)
    if text == "~" or text.startswith("~/"):
        return _absolute(anchors.home + text[1:], anchors)
    if text.startswith("/"):
        if not anchors.own:
            return "where its / begins is not known for a file outside a repository"
        return _absolute(anchors.own + text, anchors)
    return _inside(text.removeprefix("./"), anchored=False)


def _fault(text: str) -> str:
    parts = text.split("/")
    if not text.isprintable() or text != text.strip() or len(text) > 300:
        return "it is too long, or holds characters that cannot be seen"
    if "\\" in text or re.match(r"[A-Za-z]:", text):
        return "it is a path of Windows, or escapes a sign"
    if text.startswith(("!", "#")) or ".." in parts:
        return "it is a negation, a comment, or leads upwards"
    if "{" in text or "$" in text:
        return "braces and variables stand for themselves in git-style patterns"
    return ""


def _inside(text: str, *, anchored: bool) -> _Inside | str:
    if not text.strip("/") or "//" in text or text.startswith("./") or "/./" in text:
        return "it names no path"
    return _Inside(text, anchored)


def _absolute(path: str, anchors: Anchors) -> _Inside | _Outside | str:
    wild = _WILD.search(path)
    fixed = path[: wild.start()].rpartition("/")[0] if wild else path.rstrip("/")
    if path.startswith(f"{anchors.root}/"):
        return _inside(path[len(anchors.root) + 1 :], anchored=True)
    if not _is_below(anchors.root, fixed):
        return _Outside(fixed, None)
    rest = path[len(fixed) :].strip("/")
    if not wild:
        return _Outside(fixed, _Inside("**", anchored=True))
    if rest == "**" or rest.startswith("**/"):
        return _Outside(fixed, _Inside(rest.removeprefix("**/"), anchored=False))
    return "it may name the repository itself or a folder around it"
