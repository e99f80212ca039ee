"""What of recorded work came to nothing: edits that a later edit of the same actor took back."""

from __future__ import annotations

from collections.abc import Sequence

from remit.model.transcript import Outcome, PastCall


def taken_back(calls: Sequence[PastCall]) -> set[int]:
    """Places of edits whose very opposite was made later. What a command undid is not seen."""
    found: set[int] = set()
    made: dict[tuple[str, str, int, int], list[int]] = {}
    for place, call in enumerate(calls):
        if not (call.before and call.after) or call.outcome is not Outcome.OK:
            continue
        opposite = made.get((call.actor, call.subject, call.after, call.before))
        if opposite:
            found.add(opposite.pop())
            found.add(place)
        else:
            key = (call.actor, call.subject, call.before, call.after)
            made.setdefault(key, []).append(place)
    return found
