"""A supervisor's door for people with an agent behind it: says of each who knocks what it found.

``python grant_door.py SOCKET AGENT.py…``: one line of JSON for each connection, until stdin ends.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from remit.system import private_socket
from remit.system.peers import NotAPerson, require_person
from remit.system.process import spawn_agent


def main(place: str, *agent: str) -> None:
    door = private_socket.listen(Path(place))
    process = spawn_agent(
        [sys.executable, *agent, place], env=dict(os.environ), cwd=Path("/"), mark="261123-aaaaaaaa"
    )
    try:
        while True:
            connection, _ = door.accept()
            with connection:
                word = connection.recv(64).decode()
                if word == "over":
                    return
                try:
                    require_person(connection, process.guardian)
                    said = "a person"
                except NotAPerson as refused:
                    said = refused.message
            print(json.dumps([word, said]), flush=True)
    finally:
        process.end()
        process.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
