"""Secrets out of text before it is kept: known shapes become typed marks (R81, R211)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from remit.model.json import Json


@dataclass(frozen=True, slots=True)
class Redacted:
    """``text`` with marks such as ``[redacted:github-pat]``, and the names of those marks."""

    text: str
    marks: tuple[str, ...] = ()


_RULES = (
    ("private-key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"),
    ("anthropic-key", r"\bsk-ant-[A-Za-z0-9_-]{20,}"),
    ("openai-key", r"\bsk-(?:proj-)?[A-Za-z0-9_-]{32,}"),
    ("github-pat", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})"),
    ("gitlab-pat", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("slack-token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    ("aws-key-id", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    ("google-key", r"\bAIza[A-Za-z0-9_-]{35}"),
    ("jwt", r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
)
_COMPILED = tuple((name, re.compile(pattern)) for name, pattern in _RULES)


def redact(text: str) -> Redacted:
    """``text`` without the secrets it holds."""
    marks: list[str] = []
    for name, pattern in _COMPILED:
        text, count = pattern.subn(f"[redacted:{name}]", text)
        marks += [name] * count
    return Redacted(text, tuple(marks))


def redact_json(value: Json) -> Json:
    """Every string of ``value`` redacted; keys stay."""
    if isinstance(value, str):
        return redact(value).text
    if isinstance(value, dict):
        return {key: redact_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact_json(item) for item in value]
    return value
