"""Secrets out of text before it is kept: they become typed marks.

Four tests, each linear in the text: shapes of known credentials, whole private keys, values
assigned to a name that says "secret", and long random tokens. Digests, commit ids, UUIDs and
paths are none of these. What looks like nothing (a short password in a sentence) stays: this
lowers what leaks, it does not promise that nothing does.
"""

from __future__ import annotations

import base64
import math
import re
import string
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from remit.model.json import Json
from remit.policy.secret_patterns import KEY_WORDS, SHAPES
from remit.policy.secret_shapes import MODERN, PEM

_DEEPEST = 64
_MARK = "[redacted:"


@dataclass(frozen=True, slots=True)
class Redacted:
    """``text`` with marks such as ``[redacted:github-pat]``, and the names of those marks in the
    order they stand."""

    text: str
    marks: tuple[str, ...] = ()


_Rule = tuple[str, str, re.RegexFlag]
"""A mark, its pattern, and how that is read."""


def _by_literal() -> tuple[tuple[str, _Rule], ...]:
    """Every rule once for each literal of which its secret must contain one."""
    plain, any_case = re.RegexFlag(0), re.IGNORECASE
    rules: list[tuple[tuple[str, ...], _Rule]]
    rules = [(("private key",), ("private-key", PEM, plain))]
    rules += [(literals, (mark, pattern, plain)) for mark, literals, pattern in MODERN]
    rules += [
        (literals, (mark, pattern, any_case if ignores_case else plain))
        for mark, literals, pattern, ignores_case in SHAPES
    ]
    return tuple((word, rule) for literals, rule in rules for word in literals)


@cache
def _compiled(pattern: str, flags: re.RegexFlag) -> re.Pattern[str]:
    """Compiled once a text may hold it: all of them take longer than a run takes to open."""
    return re.compile(pattern, flags)


_BY_LITERAL = _by_literal()
_Span = tuple[int, int, str]


def redact(text: str) -> Redacted:
    """``text`` without the secrets it holds."""
    lower = _lower(text)
    spans = [*_shaped(text, lower), *_assigned(text, lower), *_random(text)]
    if not spans:
        return Redacted(text)
    return _marked(text, spans)


def _lower(text: str) -> str:
    """``text`` in lower case, every character at its place."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text.translate(_ASCII_LOWER)


_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def redact_json(value: Json) -> Json:
    """``value`` with every string redacted, and whole where its key says that it is a secret.

    Keys stay. What nests deeper than 64 levels is cut; a fraction becomes its text.
    """
    return _redacted_json(value, 0)


def _redacted_json(value: object, depth: int) -> Json:
    if isinstance(value, str):
        return redact(value).text
    if isinstance(value, Mapping | list | tuple) and depth >= _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {str(key): _member(str(key), item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted_json(item, depth + 1) for item in value]
    if value is None or isinstance(value, int):
        return value
    return str(value)


def _member(key: str, value: object, depth: int) -> Json:
    if isinstance(value, str) and value and _is_secret_name(key) and not _is_placeholder(value):
        return f"{_MARK}secret]"
    return _redacted_json(value, depth)


def _marked(text: str, spans: list[_Span]) -> Redacted:
    """Overlapping spans become one, named after the one that begins first."""
    pieces, marks, done = [], [], 0
    for start, end, mark in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= done:
            pieces += [text[done:start], f"{_MARK}{mark}]"]
            marks.append(mark)
        done = max(done, end)
    return Redacted("".join([*pieces, text[done:]]), tuple(marks))


# shapes


def _shaped(text: str, lower: str) -> Iterator[_Span]:
    rules = dict.fromkeys(rule for word, rule in _BY_LITERAL if word in lower)
    for mark, pattern, flags in rules:
        shape = _compiled(pattern, flags)
        for match in shape.finditer(text):
            start, end = match.span(1 if shape.groups == 1 else 0)
            yield start, end, mark


# assignments

_ENDINGS = (
    *(word.replace("_?", "[-_]?") for word in KEY_WORDS),
    "passphrase",
    "(?:access|secret|signing|encryption|master|shared)[-_]?key(?:[-_]?base)?",
    "credential",
    "token",
)
_NAMED = re.compile(f"(?:{'|'.join(_ENDINGS)})s?(?![\\w-])")
_SIGN = re.compile(r"[\"'\]]{0,2}([ \t]{0,4}(?:=>|:=|={1,3}|!==?|:)[ \t]{0,4}|[ \t]{1,4})")
_NAME_CHARACTERS = string.ascii_letters + string.digits + "_.-"
_LONGEST_NAME = 64
_VALUE = re.compile(
    r"(?P<quote>[\"'`])(?P<quoted>[^\"'`\n\\]{4,256})(?P=quote)"
    r"|(?P<bare>[^\s\"'`;|&<>(){}\[\],\\]{4,128})(?P<after>[(\[]?)"
)
_REST = re.compile(r"[^\s\"'`;|&<>(){}\[\],\\]*")


def _assigned(text: str, lower: str) -> Iterator[_Span]:
    done = 0
    for named in _NAMED.finditer(lower):
        sign = _SIGN.match(text, named.end())
        if sign is None or named.start() < done:
            continue
        name = _name_to(text, named)
        if not sign[1].strip() and not name.startswith("--"):
            continue
        value = _VALUE.match(text, sign.end())
        if value and _is_assigned_secret(name, sign[1], value):
            start, done = value.span("quoted" if value["quote"] else "bare")
            if not value["quote"]:
                done = _REST.match(text, done).end()  # type: ignore[union-attr]  # may be empty
            yield start, done, "secret"


def _name_to(text: str, named: re.Match[str]) -> str:
    """The whole name of which ``named`` is the end."""
    start = named.start()
    before = text[max(0, start - _LONGEST_NAME) : start]
    return before[len(before.rstrip(_NAME_CHARACTERS)) :] + text[start : named.end()]


def _is_secret_name(name: str) -> bool:
    """Whether a member of this name holds a secret."""
    lower = _lower(name)
    return any(found.end() == len(lower) for found in _NAMED.finditer(lower))


def _is_assigned_secret(name: str, sign: str, found: re.Match[str]) -> bool:
    """Whether the value is one, and not a type, a variable, a call or a text for people."""
    value = found["quoted"] or found["bare"]
    if found["quote"]:
        likely = len(value) >= 6 and not _BLANK.search(value) and _is_no_label(name, value)
    elif not sign.strip():
        likely = _MIXED.match(value) is not None and not value.startswith("-")
    elif found["after"]:
        likely = False
    elif name.startswith("--") or (sign == "=" and name.isupper()):
        likely = not name.lower().endswith(_OFTEN_NO_SECRET) or _is_no_label(name, value)
    else:
        likely = len(value) >= 6 and bool(_MIXED.match(value)) and _is_no_label(name, value)
    return likely and not _is_placeholder(value)


_BLANK = re.compile(r"\s")
_MIXED = re.compile(r"(?=[^0-9]*+[0-9])[^A-Za-z]*+[A-Za-z]")
_NOT_LETTERS = re.compile(r"[^a-z]+")
_OFTEN_NO_SECRET = ("token", "tokens", "credential", "credentials")


def _is_no_label(name: str, value: str) -> bool:
    """A token is random; a password may be a word, but not the word of its own name."""
    lower = name.lower()
    if lower.endswith(_OFTEN_NO_SECRET):
        return len(value) >= 12 and _MIXED.match(value) is not None
    plain = _NOT_LETTERS.sub("", value.lower())
    return not (plain and plain in _NOT_LETTERS.sub("", lower)) and not _is_secret_name(value)


_STANDS_FOR = re.compile(
    r"[$%/~.{@*\[]|<.*>$|[x*.•-]+$"
    r"|(?:none|null|nil|undefined|true|false|str|string|bytes|int|optional|secretstr|required)\b"
    r"|(?:self|os|env|process|config|settings|secrets?|vars?|input)\.|getenv",
    re.IGNORECASE,
)
_EXAMPLES = (
    *("example", "placeholder", "changeme", "change-me", "change_me", "dummy", "redacted"),
    *("your-", "your_", "xxxx", "todo", "demo-"),
)


def _is_placeholder(value: str) -> bool:
    lower = value.lower()
    return _STANDS_FOR.match(value) is not None or any(word in lower for word in _EXAMPLES)


# random tokens

_TOKEN = re.compile(r"(?<![\w+/=.%\\-])[A-Za-z0-9_-]{32,128}={0,2}(?![\w+/=%-])")
_DIGEST_PREFIX = re.compile(r"(?:sha\d{1,3}|md5|h1|v1)[-:=]$", re.IGNORECASE)
_RUNS = re.compile(r"[A-Z]+|[a-z]+|[0-9]+|[_=-]+")
_ALL_KINDS = re.compile(r"(?=(?:[^A-Z]*[A-Z]){3})(?=(?:[^a-z]*[a-z]){3})(?:[^0-9]*[0-9]){3}")
_N_LOG_N = (0.0, *(n * math.log2(n) for n in range(1, 200)))
_LEAST_ENTROPY = 4.2
_LEAST_RUNS = 0.42
"""Changes between upper case, lower case and digits a character: random text has 0.6."""


def _random(text: str) -> Iterator[_Span]:
    if len(text) < 32:
        return
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if not _DIGEST_PREFIX.search(text[max(0, start - 8) : start]) and _is_random(match[0]):
            yield start, end, "high-entropy"


def _is_random(token: str) -> bool:
    """Upper case, lower case and digits in an order no word and no identifier has."""
    runs = len(_RUNS.findall(token))
    if runs < _LEAST_RUNS * len(token) or not _ALL_KINDS.match(token):
        return False
    return _entropy(token) >= _LEAST_ENTROPY and not _is_text_in_base64(token)


def _entropy(token: str) -> float:
    """Shannon's, in bits a character."""
    total = len(token)
    return math.log2(total) - sum(map(_N_LOG_N.__getitem__, Counter(token).values())) / total


def _is_text_in_base64(token: str) -> bool:
    try:
        plain = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_")
    except ValueError:
        return False
    return all(32 <= byte < 127 or byte in b"\t\r\n" for byte in plain)
