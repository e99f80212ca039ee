"""A layer counts as live only where its probes say so, and its honest twin still works."""

from __future__ import annotations

import pytest

from remit.model.diagnosis import Diagnosis, Liveness, Probe
from remit.policy.liveness import proof_of
from remit.policy.open_doors import socket_door

HELD, THROUGH = Probe("bad", "held", True), Probe("bad", "went through", False)
WORKED, TOO_TIGHT = Probe("twin", "worked", True, True), Probe("twin", "held", False, True)
CASES = {
    "live": ((HELD, WORKED), "", Liveness.LIVE),
    "a bad probe went through": ((HELD, THROUGH, WORKED), "", Liveness.BROKEN),
    "that outweighs what was not tried": ((THROUGH,), "it hung", Liveness.BROKEN),
    "the twin was held too": ((HELD, TOO_TIGHT), "", Liveness.TOO_TIGHT),
    "nothing was tried": ((), "", Liveness.UNKNOWN),
    "no twin was tried": ((HELD,), "", Liveness.UNKNOWN),
    "no bad probe was tried": ((WORKED,), "", Liveness.UNKNOWN),
    "something was not tried": ((HELD, WORKED), "it hung", Liveness.UNKNOWN),
}


@pytest.mark.parametrize("name", CASES)
def test_probes_decide_what_is_said_of_a_layer(name: str) -> None:
    probes, unsaid, state = CASES[name]
    proof = proof_of("kernel", Liveness.LIVE, "held", probes, unsaid)
    assert proof.state is state
    assert proof.lacking is (state is not Liveness.LIVE)


def test_a_layer_that_is_off_is_not_praised_for_what_held_by_chance() -> None:
    proof = proof_of("kernel", Liveness.OFF, "off", (HELD, WORKED))
    assert proof.state is Liveness.OFF
    assert proof.lacking


def test_what_no_version_promised_may_be_off() -> None:
    assert not proof_of("meter", Liveness.OFF, "off", ()).lacking
    assert proof_of("meter", Liveness.LIVE, "on", (THROUGH,)).lacking


def test_only_what_was_not_tried_leaves_the_answer_open() -> None:
    unknown = proof_of("kernel", Liveness.LIVE, "", ())
    off = proof_of("hook", Liveness.OFF, "", ())
    assert Diagnosis("", "", (unknown,), (), ()).unproven
    assert not Diagnosis("", "", (unknown, off), (), ()).unproven
    assert not Diagnosis("", "", (), (), ()).unproven


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/run/docker.sock", "docker"),
        ("/run/podman/podman.sock", "podman"),
        ("/run/user/1000/podman/podman.sock", "podman"),
        ("/run/containerd/containerd.sock", "containerd"),
        ("/run/dbus/system_bus_socket", "D-Bus of the system"),
        ("/run/user/1000/bus", "D-Bus of your session"),
        ("/run/user/1000/systemd/private", "systemd"),
        ("/tmp/ssh-XXabc/agent.4242", "ssh-agent"),
        ("/run/user/1000/gnupg/S.gpg-agent.ssh", "gpg-agent"),
        ("/tmp/tmux-1000/default", "tmux"),
        ("/run/screen/S-ada/42.pts-0", "screen"),
        ("/run/screens/S-ada/42.pts-0", "screen"),
        ("/tmp/.X11-unix/X0", "X display"),
        ("/run/user/1000/wayland-0", "Wayland"),
        ("/var/run/postgresql/.s.PGSQL.5432", "PostgreSQL"),
        ("/opt/thing/its.sock", "a daemon"),
    ],
)
def test_a_socket_is_called_what_listens_there(path: str, name: str) -> None:
    door = socket_door(path)
    assert name in door.what
    assert door.where == path
