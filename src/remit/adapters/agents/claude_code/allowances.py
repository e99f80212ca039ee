"""What a project's own settings of the client permit without asking, in sessions that Remit does
not hold: inside a run none of it is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from remit.adapters.agents.claude_code import payloads
from remit.errors import RemitError
from remit.model.drift import Permission
from remit.model.json import Json

SETTINGS = (".claude/settings.json", ".claude/settings.local.json")
_WIDE_MODES = frozenset({"acceptEdits", "bypassPermissions", "auto", "dontAsk"})
MAX_ITEM = 1000


def allowances(read: Callable[[str], bytes | None]) -> tuple[Permission, ...]:
    """What the settings files permit. ``read`` gives a file of the project by its path, None where
    there is none. RemitError where one cannot be read: what it permits is not known then."""
    return tuple(one for path in SETTINGS for one in _allowed(path, read(path)))


def _allowed(path: str, content: bytes | None) -> Iterator[Permission]:
    if content is None or not content.strip():
        return
    try:
        settings = payloads.parse(content.removeprefix(b"\xef\xbb\xbf"))
    except payloads.PayloadFault as fault:
        raise RemitError(f"{path} cannot be read ({fault})", "mend the file") from None
    permissions = settings.get("permissions")
    if not isinstance(permissions, Mapping):
        return
    for name in ("allow", "additionalDirectories"):
        yield from (Permission(f"{path} {name}", item) for item in _texts(permissions.get(name)))
    mode = permissions.get("defaultMode")
    if isinstance(mode, str) and mode in _WIDE_MODES:
        yield Permission(f"{path} defaultMode", mode)


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        yield from (item[:MAX_ITEM] for item in value if isinstance(item, str))
