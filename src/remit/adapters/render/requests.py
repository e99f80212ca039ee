"""What a request would touch, in lines for a person who is about to answer it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from remit.adapters.render.escape import terminal
from remit.model.json import Json, JsonObject

MOST_SHOWN = 120
_DO = {"vcs": "git", "unknown": "run", "dynamic": "run", "call": "tool", "privilege": "run"}


def touch_lines(request: JsonObject) -> Iterator[str]:
    """Lines for a request as :func:`remit.services.requests.request_json` says it; safe for a
    terminal. The worst comes first."""
    found = request.get("touches")
    touches = found if isinstance(found, Sequence) and not isinstance(found, str) else ()
    for touch in touches:
        if isinstance(touch, Mapping):
            yield f"touches: {_touch(touch)}"
    if left := request.get("touches_left_out"):
        yield f"touches: and {left} more, none of it worse"
    yield f"sensitivity: {_text(request, 'sensitivity')}"


def _touch(touch: Mapping[str, Json]) -> str:
    kind, subject = _text(touch, "kind"), _text(touch, "subject")
    shown = subject if len(subject) <= MOST_SHOWN else f"{subject[: MOST_SHOWN - 1]}…"
    zone = _text(touch, "zone")
    sensitivity = _text(touch, "sensitivity") + (f" {zone}" if zone else "")
    return f"{_DO.get(kind, kind)} {shown} ({sensitivity})"


def _text(value: Mapping[str, Json], key: str) -> str:
    return terminal(str(value.get(key, "")))
