"""Every cause of weaker confinement is told apart, with the command that mends it."""

from __future__ import annotations

import pytest

from remit.model.machine import Machine
from remit.policy.gaps import gaps_of

REFUSED = "[Errno 1] unshare: Operation not permitted"
MASKED = "/proc cannot be mounted (it is masked, as in a container)"
CASES = {
    "landlock-too-old": (
        Machine("5.10.0-28-amd64", 0, "namespaces"),
        ("5.10.0-28-amd64 is too old for Landlock", "5.13"),
    ),
    "landlock-not-switched-on": (
        Machine("6.1.0-18-amd64", 0, "namespaces", modules="capability,yama,apparmor"),
        ("not switched on", "lsm=landlock,capability,yama,apparmor"),
    ),
    "landlock-filtered": (
        Machine("6.1.0", 0, "none", REFUSED, container="docker"),
        ("refuses Landlock", "seccomp=unconfined"),
    ),
    "landlock-not-built": (
        Machine("6.1.0", 0, "none", REFUSED),
        ("built without Landlock", "CONFIG_SECURITY_LANDLOCK=y"),
    ),
    "landlock-without-scopes": (
        Machine("6.8.0-40-generic", 4, "namespaces"),
        ("signals and abstract sockets are not held", "6.12"),
    ),
    "landlock-without-tcp": (
        Machine("6.1.0", 2, "landlock", REFUSED),
        ("TCP is not held", "6.12"),
    ),
    "userns-clone": (
        Machine("6.1.0", 2, "landlock", REFUSED, userns_clone="0"),
        (
            "kernel.unprivileged_userns_clone",
            "sudo sysctl -w kernel.unprivileged_userns_clone=1",
            "/etc/sysctl.d/60-remit.conf",
        ),
    ),
    "apparmor": (
        Machine(
            "6.8.0", 4, "landlock", REFUSED, apparmor_userns="1", interpreter="/usr/bin/python3.12"
        ),
        (
            "AppArmor",
            "profile remit /usr/bin/python3.12 flags=(unconfined) { userns, }",
            "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
    ),
    "no-namespaces-left": (
        Machine("6.12.0", 6, "landlock", "No space left on device", max_userns="0"),
        ("user.max_user_namespaces", "sudo sysctl -w user.max_user_namespaces=15000"),
    ),
    "proc-is-masked": (
        Machine("6.12.0", 6, "landlock", MASKED, container="docker"),
        ("masks /proc", "systempaths=unconfined", "unmask=ALL", "procMount: Unmasked"),
    ),
    "container-refuses": (
        Machine("6.12.0", 6, "landlock", REFUSED, container="podman"),
        ("seccomp filter of podman", "seccomp=unconfined"),
    ),
    "filter-of-unknown-origin": (
        Machine("6.12.0", 6, "landlock", REFUSED, filtered=True),
        ("seccomp filter of a container", "seccomp=unconfined"),
    ),
    "unknown": (
        Machine("6.12.0", 6, "landlock", "[Errno 12] unshare: Cannot allocate memory"),
        ("Cannot allocate memory", "unshare --user"),
    ),
    "asked-for-less": (
        Machine("6.12.0", 6, "none", "REMIT_CONFINE=none"),
        ("REMIT_CONFINE=none asks for less", "unset REMIT_CONFINE"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_cause_is_named_with_its_fix(name: str) -> None:
    machine, wanted = CASES[name]
    told = "\n".join(f"{gap.what}\n{gap.fix}" for gap in gaps_of(machine))
    assert [words for words in wanted if words not in told] == [], told


@pytest.mark.parametrize("name", ["userns-clone", "apparmor", "proc-is-masked", "asked-for-less"])
def test_a_known_cause_is_the_only_one_named(name: str) -> None:
    machine, _ = CASES[name]
    told = [gap.what for gap in gaps_of(machine) if "Landlock of this kernel" not in gap.what]
    assert len(told) == 1


def test_nothing_is_missing_where_everything_works() -> None:
    assert gaps_of(Machine("6.18.4", 7, "namespaces", userns_clone="1", max_userns="9000")) == ()


def test_each_fix_is_one_line_that_can_be_pasted() -> None:
    """No cause leaves a person without something to do next."""
    for machine, _ in CASES.values():
        for gap in gaps_of(machine):
            assert gap.fix.strip()
            assert all(line.strip() for line in gap.fix.splitlines())
