"""Which calls to the kernel a confined program may not make at all: a seccomp filter.

Namespaces and Landlock hold files, processes and networks. Past both go the keyrings of the user,
which belong to no namespace and to no path; sockets to the host of a virtual machine; rings that
make calls without calling; and, where Landlock alone holds the network, every way of reaching it
that is no plain TCP connection.

Filters are in the kernel's classic BPF: https://docs.kernel.org/userspace-api/seccomp_filter.html.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from remit.system.confine.kernel import checked, libc

_SET_SECCOMP, _FILTER = 22, 2
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_LOAD, _JUMP_EQUAL, _JUMP_ABOVE, _JUMP_BITS, _AND, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x54, 0x06
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16
_X32 = 0x40000000
_MSG_FASTOPEN = 0x20000000
_KIND = 0xF
"""The part of a socket's type that is no flag."""
_FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)


class _Calls(NamedTuple):
    """Numbers of system calls on one machine; -1 where it has none of the kind."""

    machine: int
    keyrings: tuple[int, int, int]
    socket: int
    sending: Mapping[int, int]
    """Calls that send, and which argument of each holds the flags."""
    socket_of_old: int = -1
    """The one call for all that concerns sockets, whose arguments no filter can see."""


_X86_64 = _Calls(0xC000003E, (248, 249, 250), 41, {44: 3, 46: 2, 307: 3})
_I386 = _Calls(0x40000003, (286, 287, 288), 359, {369: 3, 370: 2, 345: 3}, 102)
_AARCH64 = _Calls(0xC00000B7, (217, 218, 219), 198, {206: 3, 211: 2, 269: 3})
_ARM = _Calls(0x40000028, (309, 310, 311), 281, {290: 3, 296: 2, 374: 3}, 102)
_RISCV64 = _Calls(0xC00000F3, (217, 218, 219), 198, {206: 3, 211: 2, 269: 3})
_MACHINES = {
    "x86_64": (_X86_64, _I386),
    "aarch64": (_AARCH64, _ARM),
    "riscv64": (_RISCV64,),
}
_IO_URING_SETUP = 425
KEYCTL = next((calls.keyrings[2] for calls in _MACHINES.get(os.uname().machine, ())), -1)
"""The number of the call that reaches keyrings on this machine."""


class _Step(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("true", ctypes.c_uint8),
        ("false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.POINTER(_Step)))


_Instruction = tuple[int, int, int, int]
"""Code, how many to skip where it holds, how many where it does not, value."""


def forbid_calls(*, holds_network: bool) -> None:
    """Hold this process and all it starts to the filter, for ever; on a machine whose numbers we
    do not know nothing is held. ``holds_network`` leaves plain TCP as the only way to a network.

    Needs :func:`remit.system.confine.kernel.forbid_new_privileges` before it.
    """
    machines = _MACHINES.get(os.uname().machine, ())
    if not machines:
        return
    steps = [_Step(*step) for step in _filter(machines, holds_network=holds_network)]
    program = _Program(len(steps), (_Step * len(steps))(*steps))
    result = libc.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0)
    checked(result, "seccomp")


def _filter(machines: Iterable[_Calls], *, holds_network: bool) -> list[_Instruction]:
    steps: list[_Instruction] = []
    for calls in machines:
        of_machine = [*_load(_NUMBER_AT), *_always(calls)]
        of_machine += _on(calls.socket, _sockets(holds_network=holds_network))
        if holds_network:
            for number, place in calls.sending.items():
                of_machine += _on(number, _unless_fast_open(place))
        of_machine.append(_answer(_ALLOW))
        steps += [*_load(_MACHINE_AT), *_on(calls.machine, of_machine)]
    return [*steps, _answer(_ALLOW)]


def _always(calls: _Calls) -> list[_Instruction]:
    """Calls that are not there for a confined program, with the answer of a kernel without them."""
    gone = [*calls.keyrings, _IO_URING_SETUP, calls.socket_of_old]
    steps = [step for number in gone if number >= 0 for step in _on(number, [_no(errno.ENOSYS)])]
    if calls.machine == _X86_64.machine:  # the same calls under numbers of their own
        steps += [(_JUMP_ABOVE, 0, 1, _X32 - 1), _no(errno.ENOSYS)]
    return steps


def _sockets(*, holds_network: bool) -> list[_Instruction]:
    """Sockets of the families that namespaces or Landlock hold. Where the network is the machine's
    own: of the internet only those that Landlock asks about, which is plain TCP."""
    unknown = _no(errno.EAFNOSUPPORT)
    named = _argument(0)
    for place, family in enumerate(_FAMILIES):
        named.append((_JUMP_EQUAL, len(_FAMILIES) - place, 0, family))
    named.append(unknown)
    if not holds_network:
        return [*named, _answer(_ALLOW)]
    plain = [
        *_argument(1),
        (_AND, 0, 0, _KIND),
        (_JUMP_EQUAL, 1, 0, socket.SOCK_STREAM),
        _no(errno.EACCES),
        *_argument(2),
        (_JUMP_EQUAL, 2, 0, 0),
        (_JUMP_EQUAL, 1, 0, socket.IPPROTO_TCP),
        _no(errno.EPROTONOSUPPORT),
        _answer(_ALLOW),
    ]
    internet = [
        *_argument(0),
        (_JUMP_EQUAL, 2, 0, socket.AF_INET),
        (_JUMP_EQUAL, 1, 0, socket.AF_INET6),
        _answer(_ALLOW),
    ]
    return [*named, *internet, *plain]


def _unless_fast_open(place: int) -> list[_Instruction]:
    """Sending may also connect, past what asks Landlock about connections."""
    refused = (_JUMP_BITS, 0, 1, _MSG_FASTOPEN)
    return [*_argument(place), refused, _no(errno.EOPNOTSUPP), _answer(_ALLOW)]


def _on(value: int, steps: list[_Instruction]) -> list[_Instruction]:
    """``steps`` where what was loaded last is ``value``; they have to end with an answer."""
    return [(_JUMP_EQUAL, 0, len(steps), value), *steps]


def _load(offset: int) -> list[_Instruction]:
    return [(_LOAD, 0, 0, offset)]


def _argument(place: int) -> list[_Instruction]:
    """The lower half of an argument: all that the kernel takes of an ``int``."""
    return _load(_ARGUMENTS_AT + 8 * place)


def _answer(value: int) -> _Instruction:
    return (_RETURN, 0, 0, value)


def _no(number: int) -> _Instruction:
    return _answer(_ERRNO | number)
