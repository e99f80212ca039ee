"""What the wording of a goal gives away. Quoted text is data and never counts."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenEnd:
    """Words without an end; ``certain`` where no reading of them has one."""

    words: str
    certain: bool


_QUOTED = re.compile(r"`[^`\n]*`|\"[^\"\n]*\"|“[^”\n]*”|(?<!\w)'[^'\n]*'(?!\w)")
_PATH = re.compile(r"[\w.-]*/[\w./-]*")

_CERTAIN = re.compile(
    r"\b(?:anything|everything|things|stuff)\s+(?:else\s+)?"
    r"(?:related|relevant|similar|around|needed|else)\b"
    r"|\brelated\s+(?:things|stuff|issues|problems|code|parts|areas)\b"
    r"|\b(?:and|or)\s+(?:so\s+(?:on|forth)|the\s+like)\b|\b(?:and|or)\s+(?:similar|such)\b(?!\s+\w)"
    r"|\betc\b(?!\.\w)"
    r"|\bas\s+(?:you\s+see\s+fit|needed|necessary|required|appropriate)\b"
    r"|\b(?:where|when)ever\s+(?:needed|necessary|possible|appropriate|you\s+can)\b"
    r"|\bwhatever\b|\bwhile\s+you(?:'re|\s+are)\s+(?:at\s+it|there)\b"
    r"|\b(?:any|all)\s+(?:other|the\s+other)\s+(?:issues|problems|bugs|things)\b"
    r"|\bmake\s+(?:it|things|the\s+code|everything)\s+"
    r"(?:better|nicer|cleaner|good|robust|production[- ]ready)\b"
    r"|\b(?:make|get)\s+(?:[\w.'()-]+\s+){1,6}?(?:much\s+|even\s+|a\s+bit\s+)?"
    r"(?:better|nicer|cleaner|prettier|neater|good|great|beautiful)(?=\s*(?:$|[.,;!]|\band\b))"
    r"|\b(?:fix|solve|repair|handle|address|resolve)\s+(?:all|any|every)\s+(?:the\s+|other\s+)*"
    r"(?:bugs?|issues?|problems?)\b(?!\s+(?:listed|reported|named|that|which)\b)"
    r"|\band\s+other\s+(?:bugs|issues|problems|things|stuff|improvements)\b"
    r"|\b(?:what|anything|everything|things|stuff)\s+you\s+(?:find|notice)\b"
    r"|\b(?:anything|everything)\s+you\s+(?:see|can|like)\b"
    r"|\b(?:increase|raise|boost|better)\s+(?:the\s+)?(?:overall\s+)?(?:code\s+)?"
    r"(?:quality|readability|maintainability|robustness)\b"
    r"|\b(?:fix|update|upgrade|rewrite|rework|change|clean\s+up)\s+(?:everything|the\s+(?:whole|"
    r"entire)\s+(?:code\s?base|project|repo(?:sitory)?))\b(?!\s+(?:to|under|in|that|which|of)\b)"
    r"|\bsome\s+love\b|\binto\s+(?:good\s+)?shape\b|^(?:please\s+)?(?:work\s+on|keep\s+\w+ing)\b"
    r"|^(?:please\s+)?continue\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\bmake\s+(?:[\w.'()-]+\s+){1,6}?(?P<words>more\s+\w+|faster|simpler|smaller|easier|clearer)"
    r"(?=\s*(?:$|[.,;!]|\b(?:and|to)\b))|^(?P<first>better|nicer|cleaner|improved)\s",
    re.IGNORECASE,
)
"""More of something, without how much."""
_SAYS_WHEN = re.compile(
    r"\b(?:when|if|unless|until|so\s+that|instead\s+of|at\s+(?:least|most)|below|twice|by\s+\w+ing)\b"
    r"|\d",
    re.IGNORECASE,
)
"""What follows tells a case or a measure, so that a check can show it."""
_SOFT_VERBS = (
    r"improve|clean(?:\s+|-)?up|clean|tidy(?:\s+up)?|polish|enhance|optimi[sz]e|moderni[sz]e"
    r"|refactor|streamline|beautify|overhaul|rework|simplify|speed\s+up|harden|revamp"
    r"|investigate|explore|look\s+(?:into|at)"
)
_CLAUSE = r"(?:^|[.;:,]\s*|\b(?:and|then|also|or|to|please)\s+)"
_SOFT = re.compile(
    _CLAUSE + rf"(?P<verb>{_SOFT_VERBS})\b(?=(?P<rest>[^.;,\n]{{0,200}}))", re.IGNORECASE
)
_VAGUE_REST = re.compile(
    r"\s*(?:$|(?:the\s+|this\s+|our\s+|all\s+(?:the\s+)?|some\s+|any\s+)?"
    r"(?:it|this|that|things|stuff|code|code\s?base|project|repo(?:sitory)?|quality|everything"
    r"|code\s+quality|performance|related|all|up|a\s+bit|rest)\b(?!\s*(?:of|in|for)\b))",
    re.IGNORECASE,
)
_VAGUE_OBJECT = re.compile(
    r"^(?:please\s+)?(?:fix|do|change|update|handle|repair|solve|finish|make|check|redo)\s+"
    r"(?:it|this|that|things|stuff|everything|all|something|the\s+(?:bug|bugs|issue|problem"
    r"|code|thing))(?:\s+(?:work|works|up|again|now))*\s*(?=$|[.,;!]|\band\b|\bthen\b)",
    re.IGNORECASE,
)


def open_ended(goal: str) -> tuple[OpenEnd, ...]:
    """Words that promise no end: "etc", "improve", "anything related"."""
    text = plain(goal)
    found = [OpenEnd(_tight(match[0]), True) for match in _CERTAIN.finditer(text)]
    for match in _SOFT.finditer(text):
        certain = bool(_VAGUE_REST.match(match["rest"]))
        if not certain and _SAYS_WHEN.search(match["rest"]):
            continue
        found.append(OpenEnd(_tight(match["verb"]).lower(), certain))
    for match in _MORE.finditer(text):
        found.append(OpenEnd(_tight(match["words"] or match["first"]).lower(), False))
    return tuple(found)


def vague_object(goal: str) -> str:
    """``"fix it"``: an outcome without a thing; "" where the goal names one."""
    match = _VAGUE_OBJECT.match(plain(goal).strip())
    return _tight(match[0]) if match else ""


_VERBS = (
    r"add|build|bump|change|convert|create|delete|deploy|document|drop|extend|extract|fix|implement"
    r"|install|introduce|merge|migrate|move|port|publish|refactor|release|remove|rename|replace"
    r"|rewrite|split|switch|tidy|clean\s?up|improve|optimi[sz]e|update|upgrade|write"
)
_OBJECT = (
    r"(?:the|a|an|all|any|every|each|some|its|our|this|that|these|those|new|two|three"
    r"|support|logging|caching|documentation|related|up)\b|[`\"“]|Q\b|[A-Z]"
)
_BESIDES = re.compile(
    r"(?P<join>\band\s+also\b|\band\s+then\b|;\s*(?:and\s+)?then\b|[,;]\s*then\b|;|\n\s*(?:[-*]|\d+[.)])"
    r"|\band\b|,|\.\s+(?:then|also|additionally|next|finally)\b,?|\.\s)\s*(?:also\s+|then\s+|finally\s+)?"
    rf"(?P<verb>{_VERBS})\s+(?P<rest>(?:(?!\band\b)[^,;.\n]){{1,80}})",
    re.IGNORECASE,
)
_PART_OF_IT = re.compile(
    r"^(?:(?:a|an|the|its|new|one|two|some|missing|matching|regression|unit|failing|parameteri[sz]ed"
    r"|more|any|that|this|Q|affected|existing|corresponding|covering|small|snapshot|golden)\s+)*"
    r"(?:\w+[- ]){0,2}(?:tests?|test\s+cases?|cases?|specs?|coverage|lock\s?files?|changelog"
    r"|docstrings?|snapshots?|fixtures?|comments?|type\s+hints?|call(?:s|ers?)|imports?"
    r"|usages?|references?|release\s+notes?)\b",
    re.IGNORECASE,
)


def outcomes(goal: str) -> tuple[str, ...]:
    """The outcomes asked for besides the first. A test, a lock file or a docstring that goes
    with a change is part of that change."""
    found = []
    for match in _BESIDES.finditer(_QUOTED.sub("Q", goal)):
        rest = match["rest"].strip()
        part_of_it = match["verb"].lower() != "fix" and _PART_OF_IT.match(rest)
        besides = "also" in match[0].lower() or re.match(_OBJECT, rest)
        if not besides or part_of_it:
            continue
        found.append(_tight(f"{match['verb']} {rest}")[:40])
    return tuple(found)


def plain(goal: str) -> str:
    """The goal without what it quotes and without paths."""
    return _PATH.sub("Q", _QUOTED.sub("Q", goal))


def _tight(text: str) -> str:
    return " ".join(text.split()).strip(" ,;:.")
