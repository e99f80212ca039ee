"""One hook: read the payload, ask the run's Unix socket over HTTP/1.1, pass the answer on.

Only builtin modules and ``_socket`` are used, and no ``from __future__``: this runs once per
hook, and ``socket``, ``signal`` or ``json`` would cost more than everything else it does.
"""

import _signal  # type: ignore[import-not-found]  # not in typeshed
import _socket
import posix

SECONDS = 10
MAX_PAYLOAD = 8 * 1024 * 1024
MAX_ANSWER = 256 * 1024
MAX_TOKEN = 4096
TOKEN_FILE = "token"
"""Lies beside the socket, readable by its owner alone."""

_REFUSALS = (b'"permissionDecision":"deny"', b'"decision":"block"', b'"continue":false')
"""As the endpoint writes them. Inside a JSON string the quotes would be escaped."""


class WireFault(Exception):
    """Why there is no answer, as a plain sentence."""


def run(arguments: list[str]) -> int:
    """Exit status: 0 the client goes on, 2 blocked."""
    _signal.signal(_signal.SIGALRM, _expire)
    _signal.setitimer(_signal.ITIMER_REAL, SECONDS)
    try:
        if len(arguments) != 1:
            raise WireFault("it was called without the socket of a run")
        answer = ask(arguments[0], read_all(0, MAX_PAYLOAD, "the payload"))
        if any(mark in answer for mark in _REFUSALS):
            return _fallback("refuse", answer)
        write_all(1, answer)
    except WireFault as fault:
        return _fallback("block", str(fault))
    except TimeoutError:
        return _fallback("block", f"the run did not answer within {SECONDS} seconds")
    except Exception as error:  # noqa: BLE001 - whatever fails here, the tool must not run
        return _fallback("block", f"the run could not be asked ({type(error).__name__}: {error})")
    return 0


def _expire(number: int, frame: object) -> None:
    raise TimeoutError


def _fallback(name: str, said: bytes | str) -> int:
    """Loaded only where the agent may not go on; from beside this file, as this file was."""
    return int(getattr(__import__("fallback"), name)(said))


def read_all(descriptor: int, most: int, what: str) -> bytes:
    """Everything from ``descriptor``; WireFault when it is over ``most`` bytes."""
    chunks: list[bytes] = []
    size = 0
    while chunk := posix.read(descriptor, 65536):
        size += len(chunk)
        if size > most:
            raise WireFault(f"{what} is over {most} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[posix.write(descriptor, data) :]


def read_token(folder: str) -> bytes:
    """The run's bearer token, from the file beside its socket."""
    descriptor = posix.open(f"{folder}/{TOKEN_FILE}", posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        token = read_all(descriptor, MAX_TOKEN, "the token file").strip()
    finally:
        posix.close(descriptor)
    if not token or not token.isascii() or b"\n" in token or b"\r" in token:
        raise WireFault("the token file beside the socket holds no token")
    return token


def ask(path: str, payload: bytes) -> bytes:
    """The answer to ``payload`` of the endpoint listening on ``path``, a JSON object."""
    folder, _, name = path.rpartition("/")
    token = read_token(folder or ".")
    posix.chdir(
        folder or "."
    )  # a socket's address holds 107 bytes, a state directory may be longer
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.connect(name)
        connection.sendall(_request(token, payload))
        return answer_in(_received(connection))
    finally:
        connection.close()


def _request(token: bytes, payload: bytes) -> bytes:
    head = (
        b"POST /hook HTTP/1.1\r\nHost: remit\r\nAuthorization: Bearer %s\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    )
    return head % (token, len(payload)) + payload


def _received(connection: _socket.socket) -> bytes:
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
        if len(received) > MAX_ANSWER:
            raise WireFault("the answer is too long")
    return received


def answer_in(received: bytes) -> bytes:
    """The body of one complete HTTP answer; anything short of that is a fault, not an allow."""
    head, gap, body = received.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    status = lines[0].split(b" ")
    if not gap or len(status) < 2 or status[0] != b"HTTP/1.1":
        raise WireFault("what came back is not an answer")
    if status[1] != b"200":
        said = status[1][:20].decode("ascii", "replace")
        raise WireFault(f"the run refused the request (HTTP {said})")
    if b"content-length: %d" % len(body) not in [line.lower() for line in lines[1:]]:
        raise WireFault("the answer broke off")
    if not body.startswith(b"{") or not body.rstrip().endswith(b"}"):
        raise WireFault("what came back is not a JSON object")
    return body
