"""The demo's story as the plan of our own scripted agent."""

from __future__ import annotations

import json
from collections.abc import Sequence

from remit.testing.scripted_model import Say, Turn, Use


def plan_json(turns: Sequence[Turn]) -> str:
    """``turns`` as a plan file: the calls of each turn as one batch, the last words as closing."""
    batches = [
        [
            {"tool": block.tool, "input": block.input}
            for block in turn.blocks
            if isinstance(block, Use)
        ]
        for turn in turns
    ]
    words = [block.text for turn in turns for block in turn.blocks if isinstance(block, Say)]
    return json.dumps({"steps": [b for b in batches if b], "closing": words[-1] if words else ""})
