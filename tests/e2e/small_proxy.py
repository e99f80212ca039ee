"""A proxy as firms have them, in a process of its own: ``python small_proxy.py TO LOG``.

It takes ``CONNECT`` with a password alone, leads every name to the port ``TO`` of this machine,
and writes what it was asked to ``LOG``. Its own port is its first line of output.
"""

from __future__ import annotations

import socket
import sys
import threading
from pathlib import Path


def carry(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


def serve(client: socket.socket, port: int, log: Path) -> None:
    head = b""
    while b"\r\n\r\n" not in head and (data := client.recv(65536)):
        head += data
    with log.open("ab") as file:
        file.write(head)
    if not head.startswith(b"CONNECT ") or b"\r\nProxy-Authorization: Basic " not in head:
        client.sendall(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
        client.close()
        return
    beyond = socket.create_connection(("127.0.0.1", port))
    client.sendall(b"HTTP/1.1 200 Yes\r\n\r\n")
    threading.Thread(target=carry, args=(beyond, client), daemon=True).start()
    carry(client, beyond)


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            client, _ = listening.accept()
            words = (client, int(sys.argv[1]), Path(sys.argv[2]))
            threading.Thread(target=serve, args=words, daemon=True).start()


if __name__ == "__main__":
    main()
