"""What a shell command would do (first form: one plain command, everything else is asked)."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from remit.model.request import Effect, EffectKind
from remit.policy.shell.dynamic import Family, dynamic

_PLAIN = re.compile(r"[\w./:@%+=, '\"-]*(?:>>? ?[\w./-]+)?")
_READERS = frozenset("cat ls head tail wc grep".split())


@dataclass(frozen=True, slots=True)
class Facts:
    effects: tuple[Effect, ...]


def facts_of(command: str, cwd: str) -> Facts:
    if len(command) > 65_536 or not _PLAIN.fullmatch(command):
        if re.match(r"(?:python3?|node|perl|ruby) -[ce]\b", command):
            return Facts((dynamic(Family.INLINE, " ".join(command.split()[:2])),))
        return Facts((dynamic(Family.UNPARSED, command),))
    body, arrow, target = command.partition(">")
    words = shlex.split(body)
    line = shlex.join(words)
    effects = [Effect(EffectKind.WRITE, target.lstrip("> "), line)] if arrow else []
    if words[0] == "echo":
        return Facts((*effects, Effect(EffectKind.RUN, line, line)))
    if words[0] in _READERS:
        reads = [Effect(EffectKind.READ, word, line) for word in words[1:] if word[0] != "-"]
        return Facts((*effects, *reads, Effect(EffectKind.RUN, line, line)))
    return Facts((*effects, Effect(EffectKind.UNKNOWN, words[0], line)))
