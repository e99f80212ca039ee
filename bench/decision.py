"""How long reading and deciding a command takes, and whether hostile input is decided at all.

``python bench/decision.py --json`` prints
``{"decision_us_p50", "decision_us_p99", "hostile": {"decided", "of", "max_ms"}}``: microseconds
for facts and decision of ordinary commands, and milliseconds of the slowest hostile payload.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

from remit.model.contract import Check, Contract, Evidence, Scope
from remit.model.ids import CallId
from remit.model.json import Json
from remit.model.request import PATH_KINDS, Request, ToolCall
from remit.model.state import Phase, RunState
from remit.policy.effects import effects_of
from remit.policy.engine import decide
from remit.system.files import resolve

ROOT = "/nowhere/repository"
CONTRACT = Contract(
    "fix the parser",
    Scope(edit=("src/**", "tests/**")),
    Evidence(checks=(Check("tests", "python -m pytest -q"),)),
)
STATE = RunState(Phase.OPEN, CONTRACT, ROOT, heartbeat=True)
ORDINARY = (
    "ls -la",
    "git status --short",
    "git diff HEAD -- src/parser.py",
    "cat src/parser.py",
    "grep -rn 'def parse' src tests",
    "sed -n '1,80p' src/parser.py",
    "cd src && grep -n foo parser.py | head -20",
    "find . -name '*.py' -not -path './.venv/*' | head",
    "python -m pytest -q tests/test_parser.py -x",
    "python -m pytest -q 2>&1 | tail -20",
    "mkdir -p src/parser && touch src/parser/__init__.py",
    "cat > src/notes.txt <<'EOF'\nfirst line\nsecond line\nEOF",
    "rm src/old.py",
    "for f in src/a.py src/b.py; do wc -l $f; done",
    "git log --oneline -5",
    "echo done",
)
HOSTILE: tuple[tuple[str, dict[str, Json]], ...] = (
    ("Bash", {"command": "$(" * 10_000}),
    ("Bash", {"command": "$(" * 500 + "rm x" + ")" * 500}),
    ("Bash", {"command": "bash -c '" * 30 + "rm x" + "'" * 30}),
    ("Bash", {"command": "echo " + "a" * 1_000_000}),
    ("Bash", {"command": "a;" * 100_000}),
    ("Bash", {"command": "a;" * 30_000}),
    ("Bash", {"command": "echo 'x"}),
    ("Bash", {"command": "rm x\0y"}),
    ("Bash", {"command": "rm \udcff\udcfe"}),
    ("Bash", {"command": "`" * 60_000}),
    ("Bash", {"command": "x=(" * 20_000}),
    ("Bash", {"command": "echo " + "{a," * 20_000}),
    ("Bash", {"command": ["rm", "x"]}),
    ("Bash", {}),
    ("Write", {"content": "x"}),
    ("Write", {"file_path": 3, "content": "x"}),
)


def _facts_and_decision(tool: str, values: dict[str, Json]) -> tuple[bool, float]:
    """Whether the call was held, and the seconds reading and deciding took without resolving."""
    call = ToolCall(CallId("b"), tool, values, ROOT)
    start = time.perf_counter()
    effects = effects_of(call)
    read = time.perf_counter() - start
    targets = {effect.target for effect in effects if effect.kind in PATH_KINDS}
    paths = tuple(resolve(target, ROOT, ROOT, "/home/nobody") for target in targets)
    start = time.perf_counter()
    decision = decide(Request(call, effects, paths), STATE)
    return decision.held, read + time.perf_counter() - start


def measure(rounds: int = 300) -> dict[str, object]:
    """The numbers described above."""
    times = []
    for _ in range(rounds):
        times += [_facts_and_decision("Bash", {"command": text})[1] for text in ORDINARY]
    times.sort()
    held = [_facts_and_decision(tool, values) for tool, values in HOSTILE]
    return {
        "decision_us_p50": round(statistics.median(times) * 1e6, 1),
        "decision_us_p99": round(times[int(len(times) * 0.99)] * 1e6, 1),
        "hostile": {
            "decided": sum(decided for decided, _ in held),
            "of": len(HOSTILE),
            "max_ms": round(max(seconds for _, seconds in held) * 1e3, 1),
        },
    }


if __name__ == "__main__":
    found = measure()
    print(json.dumps(found) if "--json" in sys.argv[1:] else json.dumps(found, indent=2))
