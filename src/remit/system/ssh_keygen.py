"""Signs and verifies with OpenSSH's own ssh-keygen, without a file that could be swapped.

What it reads is given to it in memory of this process, by descriptor. To verify, only a program
that belongs to root is started: one on the user's PATH could be the agent's.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from remit.errors import RemitError
from remit.system.programs import of_the_system

_SECONDS = 10.0
_TOUCH_S = 120.0
"""How long signing may take: a passphrase is typed, a key is found and touched."""
_MISSING = "install OpenSSH 8.9 or newer"


class NotVerified(Exception):
    """The signature does not count; the text says why."""


def program() -> str:
    """The ssh-keygen of the system; RemitError where there is none that only root writes."""
    if found := of_the_system("ssh-keygen"):
        return found
    raise RemitError("ssh-keygen is not installed where the system keeps its programs", _MISSING)


def signer_of(armored: str, signers: str, at_us: int) -> str:
    """Whose key made the signature, valid at ``at_us``; NotVerified where nobody's."""
    arguments = ("-Y", "find-principals", "-f", 0, "-s", 1, _verify_time(at_us))
    code, out, err = _run(arguments, b"", (signers.encode(), armored.encode()))
    name = out.strip()
    if code or not name or "\n" in name:
        raise NotVerified(_why(err) or "its key is none of those that may sign")
    return name


def verify(
    name: str, namespace: str, signed: bytes, armored: str, signers: str, at_us: int
) -> None:
    """Return where ``name`` signed these bytes for ``namespace``; NotVerified otherwise."""
    arguments = ("-Y", "verify", "-f", 0, "-s", 1, "-I", name, "-n", namespace)
    given = (signers.encode(), armored.encode())
    code, _, err = _run((*arguments, _verify_time(at_us)), signed, given)
    if code:
        raise NotVerified(_why(err) or "it does not verify")


def is_revoked(
    name: str, namespace: str, signed: bytes, armored: str, signers: str, at_us: int, revoked: bytes
) -> bool:
    """Whether ``revoked`` (a KRL, or public keys) names the key of a signature that verifies
    without it. A list that cannot be read revokes everything."""
    arguments = ("-Y", "verify", "-f", 0, "-s", 1, "-r", 2, "-I", name, "-n", namespace)
    given = (signers.encode(), armored.encode(), revoked)
    return _run((*arguments, _verify_time(at_us)), signed, given)[0] != 0


def sign(key: Path, namespace: str, signed: bytes, environ: Mapping[str, str]) -> str:
    """The armored signature by ``key``, a private key or a public one whose private key an agent
    holds. Asks at the terminal for a passphrase or a touch."""
    argv = [program(), "-Y", "sign", "-f", str(key), "-n", namespace]
    try:
        done = subprocess.run(
            argv,
            input=signed,
            stdout=subprocess.PIPE,
            env=dict(environ),
            timeout=_TOUCH_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RemitError(f"{key} did not sign within {_TOUCH_S:.0f} seconds") from None
    if done.returncode:
        raise RemitError(f"{key} did not sign", "ssh-keygen says above what is missing")
    return done.stdout.decode("ascii", "replace")


def keys_of_agent(environ: Mapping[str, str]) -> tuple[str, ...]:
    """``TYPE BASE64`` of each key the user's ssh-agent holds; () where there is none."""
    if not environ.get("SSH_AUTH_SOCK"):
        return ()
    argv = [str(Path(program()).with_name("ssh-add")), "-L"]
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=dict(environ),
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    lines = done.stdout.decode("utf-8", "replace").splitlines() if not done.returncode else []
    return tuple(" ".join(line.split()[:2]) for line in lines)


@contextmanager
def public_file(public: str) -> Iterator[Path]:
    """A file of a public key, which names a key of an agent to ``sign``."""
    with tempfile.NamedTemporaryFile(prefix="remit-", suffix=".pub") as file:
        file.write(f"{public}\n".encode())
        file.flush()
        yield Path(file.name)


def _run(
    arguments: Sequence[str | int], signed: bytes, files: Sequence[bytes]
) -> tuple[int, str, str]:
    """Exit code and both outputs. A number among the arguments stands for one of ``files``."""
    with ExitStack() as stack:
        descriptors = [_in_memory(stack, data) for data in files]
        places = [f"/proc/self/fd/{descriptor}" for descriptor in descriptors]
        argv = [program(), *(a if isinstance(a, str) else places[a] for a in arguments)]
        try:
            done = subprocess.run(
                argv,
                input=signed,
                capture_output=True,
                pass_fds=descriptors,
                env={"TZ": "UTC", "LC_ALL": "C", "HOME": "/nonexistent"},
                cwd="/",
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NotVerified("ssh-keygen gave no answer") from None
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode()


def _in_memory(stack: ExitStack, data: bytes) -> int:
    descriptor = os.memfd_create("remit", os.MFD_CLOEXEC)
    stack.callback(os.close, descriptor)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(data)
    return descriptor


def _verify_time(at_us: int) -> str:
    at = datetime.fromtimestamp(at_us // 1_000_000, UTC)
    return f"-Overify-time={at:%Y%m%d%H%M%S}"


def _why(err: str) -> str:
    """The first line of ssh-keygen's own words, without the name of a file in memory."""
    line = next((line.strip() for line in err.splitlines() if line.strip()), "")
    place, separator, rest = line.partition(": ")
    line = rest if separator and place.startswith("/proc/") else line
    return "" if line == "No principal matched." else line
