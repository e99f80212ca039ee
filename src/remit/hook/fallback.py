"""What is said where the agent may not go on. Loaded only then, so an allowed call never pays.

To the client status 2 means "blocked"; every other failure status would let the tool run.
"""

import json
import os

BLOCKED = 2


def block(why: str) -> int:
    """Say on stderr why nothing may happen, and give the status that makes it so."""
    return _tell(f"Remit blocked this: {why}. Is the run that started this agent still alive?")


def refuse(answer: bytes) -> int:
    """Pass a refusal on: its reason on stderr, the answer on stdout, and the status, which holds
    even where stdout is cut."""
    status = _tell(f"Remit refused this: {_reason(answer)}")
    os.write(1, answer)
    return status


def _tell(sentence: str) -> int:
    try:
        os.write(2, sentence.encode("utf-8", "backslashreplace") + b"\n")
    except OSError:
        return BLOCKED  # nobody listens; the status still blocks
    return BLOCKED


def _reason(answer: bytes) -> str:
    found = json.loads(answer)
    specific = found.get("hookSpecificOutput") or {}
    reason = specific.get("permissionDecisionReason") or found.get("reason")
    return str(reason or found.get("stopReason") or "no reason was given")
