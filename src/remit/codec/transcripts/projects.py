"""The register of projects that Gemini CLI keeps beside its sessions."""

from __future__ import annotations

import msgspec


class _Register(msgspec.Struct):
    projects: dict[str, str] = {}


_register = msgspec.json.Decoder(_Register).decode


def roots_in(register: str) -> tuple[str, ...]:
    """The folders in ``projects.json``, nothing where it is no such file."""
    try:
        return tuple(_register(register).projects)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return ()
