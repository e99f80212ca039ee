"""What waits behind a socket with a path, and what it would give to who reaches it."""

from __future__ import annotations

import re

from remit.model.diagnosis import Door

_NAMESPACES = "namespaces close it: mend the gap above"
_KNOWN = (
    (r"/docker\.sock$", "docker (root on this machine)"),
    (r"/podman(/podman)?\.sock$", "podman (containers with your files)"),
    (r"/(containerd|buildkitd)(-debug)?\.sock(\.ttrpc)?$", "containerd (root on this machine)"),
    (r"/crio\.sock$", "CRI-O (root on this machine)"),
    (r"/system_bus_socket$", "the D-Bus of the system (its services)"),
    (r"/systemd/(private|notify)$|/systemd/.*(userdb|varlink|io\.)", "systemd (starts programs)"),
    (r"/run/user/\d+/bus$|/dbus-", "the D-Bus of your session (starts programs unconfined)"),
    (r"/ssh-[^/]*/agent\.\d+$|/keyring/ssh$|ssh-agent|/openssh_agent$", "ssh-agent (your keys)"),
    (r"/S\.gpg-agent", "gpg-agent (your keys)"),
    (r"/S\.scdaemon|/pcscd", "the smart card"),
    (r"/keyring/", "the keyring (your passwords)"),
    (r"/tmux-\d+/", "tmux (types into your terminals)"),
    (r"/screens?/", "screen (types into your terminals)"),
    (r"/\.X11-unix/X\d+$", "the X display (reads and types keys)"),
    (r"/wayland-\d+$", "the Wayland display"),
    (r"/snapd(-snap)?\.socket$", "snapd"),
    (r"/libvirt/", "libvirt (virtual machines)"),
    (r"/pulse/|/pipewire-", "sound and microphone"),
    (r"\.s\.PGSQL\.\d+$", "a PostgreSQL server"),
    (r"/mysqld?[^/]*\.sock$", "a MySQL server"),
    (r"/redis[^/]*\.sock$", "a Redis server"),
    (r"\bvscode-|/cursor-", "the editor"),
)


def socket_door(path: str) -> Door:
    """The door that a reachable socket at ``path`` is."""
    for pattern, name in _KNOWN:
        if re.search(pattern, path):
            return Door(name, path, _NAMESPACES)
    return Door("a daemon of this machine", path, _NAMESPACES)
