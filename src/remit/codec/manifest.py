"""A snapshot's manifest as bytes. JSON with ASCII escapes, so that every path survives."""

from __future__ import annotations

import json

from remit.errors import IntegrityError
from remit.model.tree import Manifest, Node

SCHEMA = 1


def encode(manifest: Manifest) -> bytes:
    """The manifest as one line of JSON; nodes are in order of path."""
    value = {
        "schema": SCHEMA,
        "root": manifest.root,
        "commit": manifest.commit,
        "taken_us": manifest.taken_us,
        "ignored": sorted(manifest.ignored),
        "digest_only": manifest.digest_only,
        "stat_only": manifest.stat_only,
        "unreadable": manifest.unreadable,
        "nodes": sorted((path, *node) for path, node in manifest.nodes.items()),
    }
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def decode(data: bytes, place: str) -> Manifest:
    """The manifest in ``data``, which was read from ``place``; IntegrityError where it is none."""
    try:
        value = json.loads(data)
        if value["schema"] != SCHEMA:
            raise ValueError(f"schema {value['schema']}")
        return Manifest(
            value["root"],
            value["commit"],
            value["taken_us"],
            {item[0]: Node(*item[1:]) for item in value["nodes"]},
            frozenset(value["ignored"]),
            tuple(value["digest_only"]),
            tuple(value["stat_only"]),
            tuple(value["unreadable"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise IntegrityError(f"this is no snapshot manifest ({error})", place) from None
