"""Programs that act on the machine, on other processes, or on services elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.model.groups import Group
from remit.model.request import Effect, EffectKind
from remit.policy.shell.args import Arg
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import may_mean, split
from remit.policy.shell.programs.builtins import ENVIRON
from remit.policy.shell.programs.spec import each, harmless
from remit.policy.wordlist import words

_PRIVILEGED = (
    "killall pkill xkill reboot shutdown halt poweroff init telinit umount swapon "
    "swapoff losetup mkfs fdisk parted sfdisk wipefs blkdiscard insmod rmmod modprobe "
    "iptables nft ufw useradd userdel usermod passwd groupadd visudo chsh chpasswd crontab at "
    "batch update-rc.d ldconfig systemd-run loginctl hostnamectl timedatectl nmcli "
    "ip route tc gdb lldb perf bpftrace tmux screen renice fuser "
    "mkswap cryptsetup mkfs.ext4 mkfs.xfs lvremove vgremove pvremove zpool zfs"
)


def _privileged(inv: Invocation) -> Iterator[Effect]:
    asked = [arg.text for arg in inv.args] in (["-l"], ["--version"], ["--help"])
    if asked:
        yield inv.ran()
    else:
        yield inv.effect(EffectKind.PRIVILEGE, inv.name)


_OWN_JOB = re.compile(r"%(?:\d+|[%+-])?")


def _kill(inv: Invocation) -> Iterator[Effect]:
    """Signal 0 asks whether a process is there; a job is one that this very shell started."""
    given = [arg.text for arg in inv.args]
    asks = given[:1] in (["-0"], ["-l"], ["-L"]) or given[:2] in (["-s", "0"], ["-n", "0"])
    named = [arg for arg in inv.args if not (arg.sure and arg.text.startswith("-"))]
    own = bool(named) and all(
        arg.text == "$!" if not arg.sure else _OWN_JOB.fullmatch(arg.text) for arg in named
    )
    yield inv.ran() if asks or own else inv.effect(EffectKind.PRIVILEGE, inv.name)


def _mount(inv: Invocation) -> Iterator[Effect]:
    if inv.args:
        yield from _privileged(inv)
    else:
        yield inv.looks(Group.MACHINE)


_IP_SHOWS = words("show list lst ls get pids identify address route all link")
_IP_OBJECTS = words(
    "a ad addr addre addres address link l li lin route r ro rou rout neigh neighbor neighbour n "
    "rule "
    "ru rul "
    "maddress maddr m tunnel tuntap tun netns netconf stats monitor mo mon token tcp_metrics "
    "mroute vrf "
    "mptcp ntable ntbl"
)


def _without_namespace(args: tuple[Arg, ...]) -> tuple[Arg, ...]:
    """Where it looks, not what it does."""
    named = args and args[0].text in ("-n", "-netns", "--netns") and args[0].sure
    return args[2:] if named else args


def _ip(inv: Invocation) -> Iterator[Effect]:
    """``ip addr``, ``ip -4 route show``: an object, and nothing done to it."""
    inv = inv.renamed(inv.name, _without_namespace(inv.args))
    found = [arg for arg in inv.args if not arg.text.startswith("-")]
    flags = {arg.text for arg in inv.args if arg.text.startswith("-")}
    sure = all(arg.sure for arg in inv.args) and flags <= _IP_FLAGS
    shows = len(found) == 1 or (len(found) > 1 and found[1].text in _IP_SHOWS)
    if sure and found and found[0].text in _IP_OBJECTS and shows:
        yield inv.ran()
    else:
        yield from _privileged(inv)


_IP_FLAGS = words(
    "-4 -6 -f -I -D -B -M -br -brief --brief --json --color --details --oneline -r -resolve -t "
    "-ts -o -oneline -s -stats -c -color -j -json -p -pretty -d -details"
)


def _is_list(name: str) -> bool:
    """Of dates; what is none is printed as an error."""
    return name == "-f" or may_mean(name, ("--file",))


def _date(inv: Invocation) -> Iterator[Effect]:
    found = split(inv.args, words("-d --date -f --file -r --reference -s --set -v"))
    if found.may_mean(("-s", "--set")):
        yield inv.effect(EffectKind.PRIVILEGE, inv.name)
    if any(may_mean(option.name, ("--file",)) and not option.value for option in found.options):
        yield inv.unknown(f"{inv.name} of a file that is not named")
    yield from inv.reads(*(o.value for o in found.options if o.value and _is_list(o.name)))
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
    **each("service", _privileged),
    **each("kill", _kill),
    **each("mount", _mount),
    **each("ip", _ip),
    **each("date", _date),
    **each("hostname", _hostname),
    **each("ps", _processes),
    **each("lsof ss netstat vmstat iostat df ulimit lsb_release pstree getent", harmless),
}
