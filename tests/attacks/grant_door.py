"""A supervisor's door for people with an agent behind it: says of each who knocks what it found.

``python grant_door.py SOCKET AGENT.py…``: one line of JSON for each connection, until somebody
says "over". ``--late GO``: takes the first only once the file GO is there; ``--old``: as on a
kernel that gives no handle on the process that connected.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from remit.system import peers, private_socket
from remit.system.peers import NotAPerson
from remit.system.process import spawn_agent
from remit.system.visitor import hear


def main(place: str, *words: str) -> None:
    agent = [word for word in words if word.endswith(".py")]
    if "--old" in words:
        peers._PEERPIDFD = 9999
    door = private_socket.listen(Path(place))
    process = spawn_agent(
        [sys.executable, *agent, place], env=dict(os.environ), cwd=Path("/"), mark="261123-aaaaaaaa"
    )
    try:
        while "--late" in words and not Path(words[words.index("--late") + 1]).exists():
            time.sleep(0.01)
        while True:
            connection, _ = door.accept()
            with connection:
                said, line = "a person", b""
                try:
                    line = hear(connection, process.guardian, 4096, 5.0).line
                except NotAPerson as refused:
                    said = refused.message
                except (OSError, ValueError) as broken:
                    said = f"broken off: {broken}"
                print(json.dumps([line.decode().strip(), said]), flush=True)
                if line == b"over\n":
                    return
    finally:
        process.end()
        process.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
