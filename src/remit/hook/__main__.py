"""``python -I -S …/remit/hook/__main__.py SOCKET``: hand a hook's payload to the run behind SOCKET.

For hooks that can only be commands. Reads the payload from stdin, prints the answer. Every
failure ends in status 2 with a sentence on stderr, within ten seconds.

Kept tiny, because a script is compiled at each start; the rest is cached as bytecode, and found
in this very folder, because each package on the way would cost another look at the disk.
"""

import sys


def _guarded() -> int:
    """No way out of here is anything but 0 or 2."""
    try:
        sys.path.insert(0, __file__.rpartition("/")[0])
        return int(__import__("wire").run(sys.argv[1:]))
    except BaseException as error:  # noqa: BLE001 - whatever fails here, the tool must not run
        sys.stderr.write(f"Remit blocked this: {type(error).__name__}: {error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(_guarded())
