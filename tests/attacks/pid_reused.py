"""In a pid space of our own: the agent connects and dies, and a person's process gets its id.

``unshare --user --map-root-user --pid --fork --mount-proc python pid_reused.py FOLDER [--old]``
prints what the door says of the connection, which a child of the agent still holds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

DOOR = Path(__file__).with_name("grant_door.py")
AGENT = """
import os, socket, sys, time
folder = os.path.dirname(sys.argv[-1])
impostor = os.fork()
if impostor == 0:
    os.chdir(folder)
    door = socket.socket(socket.AF_UNIX)
    door.connect("control")
    if os.fork():
        os._exit(0)  # it connected, and is gone
    greeting = door.recv(4096)
    door.sendall(greeting.strip() + b" reused\\n")
    time.sleep(30)
os.waitpid(impostor, 0)
with open(folder + "/pid.new", "w") as file:
    file.write(str(impostor))
os.rename(folder + "/pid.new", folder + "/pid")
time.sleep(30)
"""


def main(folder: Path, *options: str) -> None:
    (folder / "agent.py").write_text(AGENT)
    argv = [sys.executable, str(DOOR), str(folder / "control"), str(folder / "agent.py")]
    late = ["--late", str(folder / "go"), *options]
    with subprocess.Popen([*argv, *late], stdout=subprocess.PIPE, text=True) as door:
        while not (folder / "pid").exists():
            time.sleep(0.01)
        person = _with_id(int((folder / "pid").read_text()))
        (folder / "go").touch()
        assert door.stdout is not None
        print(door.stdout.readline(), end="")
        door.kill()
        os.kill(person, 9)


def _with_id(wanted: int) -> int:
    """A process with exactly this id that only sleeps."""
    for _ in range(50):
        Path("/proc/sys/kernel/ns_last_pid").write_text(str(wanted - 1))
        if (pid := os.fork()) == 0:
            time.sleep(60)
            os._exit(0)
        if pid == wanted:
            return pid
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    raise SystemExit(f"no process got the id {wanted}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
