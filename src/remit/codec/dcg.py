"""Configuration and allowlists of dcg: TOML, read for the settings that bear on commands."""

from __future__ import annotations

from remit.codec.rule_files import Setting, settings_of, texts_at
from remit.codec.toml import decode, load


def parse_dcg(data: bytes, source: str) -> tuple[Setting, ...]:
    """Every setting of the file in its order. Raises InvalidDocument with the line where it is no
    TOML, or where a list of packs is none."""
    document = load(decode(data, source), source)
    for key in ("enabled", "disabled", "custom_paths"):
        texts_at(document, "packs", key)
    return settings_of(document)
