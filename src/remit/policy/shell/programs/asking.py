"""How programs are described that look, as long as nothing they are given says otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from remit.model.groups import HIDDEN, Group
from remit.model.request import Effect, EffectKind
from remit.policy.shell.invocation import Handler, Invocation
from remit.policy.shell.options import split
from remit.policy.shell.programs.spec import asks_help, asks_itself
from remit.policy.wordlist import words


def first_word(
    looks: str,
    *,
    secrets: str = "",
    refused: str = "",
    bare: str = "",
    valued: str = "",
    group: Group = Group.MACHINE,
    otherwise: EffectKind = EffectKind.UNKNOWN,
) -> Handler:
    """Looks where its first word, option or not, is one of ``looks``; ``bare`` is "yes" where it
    looks without any. ``refused`` words change what it does, wherever they stand."""
    known, hidden, odd = words(looks), words(secrets), words(refused)
    options = words(valued)

    def handle(inv: Invocation) -> Iterator[Effect]:
        given = [arg.text.split("=")[0] for arg in inv.args]
        found = split(inv.args, options)
        leads = {*given[:1], *(arg.text for arg in found.operands[:1])}
        refused_ = found.may_mean(odd, options) or bool(odd & set(given))
        sure = all(arg.sure for arg in inv.args)
        if asks_help(inv):
            yield inv.ran()
        elif sure and leads & hidden:
            yield inv.looks(HIDDEN, " ".join([inv.name, *given[:1]]))
        elif sure and not refused_ and (leads & known or (bare and not given)):
            yield inv.looks(group, " ".join([inv.name, *given[:1]]))
        elif otherwise is EffectKind.PRIVILEGE:
            yield inv.effect(EffectKind.PRIVILEGE, inv.name)
        else:
            yield inv.unknown(" ".join([inv.name, *given[:1]]))

    return handle


def unless(
    refused: str, valued: str = "", files: str = "", group: Group = Group.MACHINE
) -> Handler:
    """Looks unless one of ``refused`` options is given; ``files`` is "yes" where operands are."""
    odd, options = words(refused), words(valued)

    def handle(inv: Invocation) -> Iterator[Effect]:
        found = split(inv.args, options)
        refused_ = found.may_mean(odd, options) or bool(odd & {arg.text for arg in inv.args})
        if asks_itself(inv):
            yield inv.ran()
        elif refused_ or not all(arg.sure for arg in inv.args):
            yield inv.unknown()
        else:
            yield from inv.reads(*(found.operands if files else ()))
            yield inv.looks(group)

    return handle
