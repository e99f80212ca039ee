"""Programs that act on the machine, on other processes, or on services elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.request import Effect, EffectKind
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.programs.builtins import ENVIRON
from remit.policy.shell.programs.spec import each, harmless, reading

_PRIVILEGED = (
    "kill killall pkill xkill reboot shutdown halt poweroff init telinit mount umount swapon "
    "swapoff losetup mkfs fdisk parted sfdisk wipefs blkdiscard insmod rmmod modprobe sysctl "
    "iptables nft ufw useradd userdel usermod passwd groupadd visudo chsh chpasswd crontab at "
    "batch launchctl update-rc.d ldconfig systemd-run loginctl hostnamectl timedatectl nmcli "
    "ifconfig ip route tc strace ltrace gdb lldb perf bpftrace dmesg tmux screen renice fuser "
    "mkswap cryptsetup mkfs.ext4 mkfs.xfs lvremove vgremove pvremove zpool zfs"
)


def _privileged(inv: Invocation) -> Iterator[Effect]:
    asked = [arg.text for arg in inv.args] in (["-l"], ["--version"], ["--help"])
    if asked:
        yield inv.ran()
    else:
        yield inv.effect(EffectKind.PRIVILEGE, inv.name)


def _date(inv: Invocation) -> Iterator[Effect]:
    if any(arg.text.startswith(("-s", "--set")) for arg in inv.args):
        yield inv.effect(EffectKind.PRIVILEGE, inv.name)
    yield inv.ran()


def _hostname(inv: Invocation) -> Iterator[Effect]:
    if any(not arg.text.startswith("-") for arg in inv.args):
        yield inv.effect(EffectKind.PRIVILEGE, inv.name)
    yield inv.ran()


def _processes(inv: Invocation) -> Iterator[Effect]:
    """``ps e`` prints the environment of every process."""
    if any("e" in arg.text and not arg.text.startswith("-") for arg in inv.args):
        yield from inv.reads(ENVIRON)
    if any(arg.text.startswith("--") is False and "E" in arg.text for arg in inv.args):
        yield from inv.reads(ENVIRON)
    yield inv.ran()


PROGRAMS: dict[str, Handler] = {
    **each(_PRIVILEGED, _privileged),
    **each("systemctl service", _privileged),
    **each("date", _date),
    **each("hostname", _hostname),
    **each("ps", _processes),
    **each("lsof ss netstat vmstat iostat df ulimit lsb_release pstree getent", harmless),
    **each("docker podman", reading("ps images version info")),
    **each("gh", reading("--version version")),
    **each("kubectl helm terraform tofu aws gcloud az heroku fly vercel", reading("version")),
}
