"""Whether a case would get out at all: done by the same program where nothing confines it.

An attack that is held proves something only if it works elsewhere. It happens in a mount namespace
of its own, because some of them mount and unmount; needs root.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from confined.driving import inherited, late_socket, remove
from confined.world import World, around, look, script, seen

SECONDS = 60


def cases() -> list[dict[str, object]]:
    """Every case of ``cases.toml``."""
    text = (Path(__file__).parent / "cases.toml").read_text()
    return list(tomllib.loads(text)["case"])


def got_out(case: Mapping[str, object], place: Path) -> list[str]:
    """What the attack of ``case`` does unconfined, in words; empty where it does nothing."""
    world = World(place / secrets.token_hex(4))
    world.make()
    world.other_run()
    (world.state / "ledger.sqlite3").write_bytes(b"SQLite format 3\0" + bytes(100))
    try:
        with around(world) as names, ExitStack() as stack:
            before = look(world)
            if case.get("late_socket"):
                stack.enter_context(late_socket(world))
            program = script(str(case["do"]), names, "stocklist")
            number = stack.enter_context(inherited(world))
            subprocess.run(
                ["unshare", "-m", "--propagation", "private", sys.executable, "-c", program],
                cwd=world.root,
                env={"PATH": os.environ["PATH"], "HOME": str(world.home)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(number,),
                check=False,
                timeout=SECONDS,
            )
            time.sleep(float(str(case.get("wait_s", 0))))
            gone = [] if (world.state / "ledger.sqlite3").exists() else ["the ledger is gone"]
        return [*seen(world, before), *gone]
    finally:
        remove(world.base)
