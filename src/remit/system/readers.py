"""Several processes that read a tree's files at once: one process is bound by its interpreter."""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from remit.model.tree import Node
from remit.system import read_apart
from remit.system.tree import RACY_NS, to_bytes

SHARES = 2
TIME_LIMIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Found:
    """One file as read apart. ``offset`` is in the share's segment, -1 where it was not kept."""

    path: str
    node: Node
    offset: int


@dataclass(slots=True)
class Reader:
    """A process at work on its share of ``files``, writing ``segment``."""

    process: subprocess.Popen[bytes]
    segment: Path
    files: Sequence[tuple[str, Node]]
    started_ns: int

    def found(self) -> list[Found]:
        """What it read, when it is done; nothing where it failed, and the caller reads itself."""
        try:
            output, _ = self.process.communicate(timeout=TIME_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            return []
        if self.process.returncode != 0:
            return []
        items: list[read_apart.Item | None] = marshal.loads(output)  # noqa: S302 - our own process
        pairs = zip(self.files, items, strict=True)
        return [self._of(path, node, item) for (path, node), item in pairs if item is not None]

    def _of(self, path: str, node: Node, item: read_apart.Item) -> Found:
        mode, size, mtime_ns, ctime_ns, inode, links, digest, blob, offset = item
        same = item[:6] == node[:6]
        # the share began then: whatever changed since may have changed after it was read
        settled = same and ctime_ns <= self.started_ns - RACY_NS
        status = (mode, size, mtime_ns, ctime_ns if settled else 0, inode, links)
        return Found(path, Node(*status, digest, blob), offset)


def start_reader(
    root: bytes,
    files: Sequence[tuple[str, Node]],
    segment: Path,
    room: int,
    algorithm: str,
    now_ns: int,
) -> Reader:
    """Start reading ``files`` below ``root`` into the new ``segment`` of at most ``room`` bytes."""
    listed = [(to_bytes(path), node.size) for path, node in files]
    share: read_apart.Share = (root + b"/", algorithm, str(segment), room, listed)
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(read_apart.__file__))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.defpath, "LANG": "C.UTF-8"},
    )
    if process.stdin is not None:
        process.stdin.write(marshal.dumps(share))
        process.stdin.close()
        process.stdin = None
    return Reader(process, segment, files, now_ns)
