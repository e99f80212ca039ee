"""Settings files of Claude Code: their permission rules and what else bears on permissions."""

from __future__ import annotations

from dataclasses import dataclass

from remit.codec.json_lines import load_json
from remit.codec.rule_files import Setting, settings_of, text_at, texts_at


@dataclass(frozen=True, slots=True)
class ClaudeSettings:
    """``mode`` is ``permissions.defaultMode``. ``others`` are all further settings."""

    allow: tuple[Setting, ...]
    ask: tuple[Setting, ...]
    deny: tuple[Setting, ...]
    mode: Setting | None
    directories: tuple[Setting, ...]
    others: tuple[Setting, ...]

    def says(self, key: str, text: str) -> bool:
        """Whether the setting at ``key`` is ``text``."""
        return any(one.key == key and one.text == text for one in self.others)


_READ = frozenset(
    f"permissions.{key}" for key in ("allow", "ask", "deny", "defaultMode", "additionalDirectories")
)


def parse_claude_settings(data: bytes, source: str) -> ClaudeSettings:
    """The settings in ``data``. Raises InvalidDocument with each fault and its line."""
    document = load_json(data, source)
    return ClaudeSettings(
        allow=texts_at(document, "permissions", "allow"),
        ask=texts_at(document, "permissions", "ask"),
        deny=texts_at(document, "permissions", "deny"),
        mode=text_at(document, "permissions", "defaultMode"),
        directories=texts_at(document, "permissions", "additionalDirectories"),
        others=tuple(one for one in settings_of(document) if one.key not in _READ),
    )
