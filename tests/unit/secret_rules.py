"""Makes ``src/remit/policy/secret_patterns.py`` from the rules of detect-secrets.

Run it from the repository root after an update of detect-secrets; a test compares the result:

    python tests/unit/secret_rules.py

Every change to a rule of theirs stands in ``RULES`` or ``ADJUSTED`` and fails loudly where their
rule is no longer the one that was changed.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from importlib.metadata import version
from pathlib import Path

from detect_secrets import plugins
from detect_secrets.plugins import keyword
from detect_secrets.plugins.base import RegexBasedDetector

from remit.policy.secret_shapes import at

TARGET = Path("src/remit/policy/secret_patterns.py")

RULES = {
    # module -> (mark, literals of which one must be in the text, lower case)
    "artifactory": ("artifactory-token", ("akc",)),
    "aws": ("aws-key", ("a3t", "abia", "acca", "akia", "asia", "aws")),
    "azure_storage_key": ("azure-key", ("accountkey=",)),
    "discord": ("discord-token", (".",)),
    "github_token": ("github-pat", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
    "gitlab_token": (
        "gitlab-pat",
        (
            "glpat-",
            "gldt-",
            "glft-",
            "glsoat-",
            "glrt-",
            "glcbt-",
            "glimt-",
            "glptt-",
            "glagent-",
            "gloas-",
            "gr1348941",
        ),
    ),
    "jwt": ("jwt", ("eyj",)),
    "mailchimp": ("mailchimp-key", ("-us",)),
    "npm": ("npm-token", (":_authtoken",)),
    "openai": ("openai-key", ("t3blbkfj",)),
    "pypi_token": ("pypi-token", ("pypi-",)),
    "sendgrid": ("sendgrid-key", ("sg.",)),
    "slack": ("slack-token", ("xox", "hooks.slack.com")),
    "softlayer": ("softlayer-key", ("api.softlayer.com",)),
    "square_oauth": ("square-key", ("sq0csp-",)),
    "stripe": ("stripe-key", ("k_live_",)),
    "telegram_token": ("telegram-token", (":a",)),
    "twilio": ("twilio-key", ("ac", "sk")),
}
_NAMED = "assignments to such a name are taken whoever issued the value (redact.py)"
LEFT_OUT = {
    "basic_auth": "ours also takes passwords with symbols, and no <placeholder>",
    "cloudant": _NAMED,
    "ibm_cloud_iam": _NAMED,
    "ibm_cos_hmac": _NAMED,
    "private_key": "they look for the first line; we take the whole block (redact.py)",
    "ip_public": "an address is not a secret",
    "high_entropy_strings": "every digest would be taken; redact.py has a narrower test",
    "keyword": "its words are taken, its sentences depend on the file type",
}
ADJUSTED = {
    # A word such as APACHELicense is no credential.
    r'(?:\s|=|:|"|^)AP[\dABCDEF][a-zA-Z0-9]{8,}(?:\s|"|$)': None,
    r'(?:\s|=|:|"|^)AKC[a-zA-Z0-9]{10,}(?:\s|"|$)': at("AKC") + r"[a-zA-Z0-9]{40,}",
    # Lazy windows round a word make many short matches slow.
    r"aws.{0,20}?(?:key|pwd|pw|password|pass|token).{0,20}?[\'\"]([0-9a-zA-Z/+]{40})[\'\"]": (
        r"aws[\w .-]{0,20}?(?:key|pwd|pw|password|pass|token)[^'\"\n]{0,20}+"
        r"['\"]([0-9a-zA-Z/+]{40})['\"]"
    ),
    # Theirs finds header and payload; what must go is the signature as well.
    r"eyJ[A-Za-z0-9-_=]+\.[A-Za-z0-9-_=]+\.?[A-Za-z0-9-_.+/=]*?": at("eyJ")
    + r"[A-Za-z0-9_=-]{8,}\.[A-Za-z0-9_=-]{8,}(?:\.[A-Za-z0-9_=+/-]*){0,3}",
    r"[0-9a-z]{32}-us[0-9]{1,2}": r"[0-9a-z]{32}-us[0-9]{1,2}(?!\w)",
    # Their first two characters look for any // of a line.
    r"\/\/.+\/:_authToken=\s*((npm_.+)|([A-Fa-f0-9-]{36})).*": (
        r":_authToken=[ \t]{0,4}([\w-]{20,})"
    ),
    r"sk-[A-Za-z0-9-_]*[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}": at("sk-")
    + r"[A-Za-z0-9_-]*[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20,}",
    r"xox(?:a|b|p|o|s|r)-(?:\d+-)+[a-z0-9]+": r"xox[abceoprsd]-(?:\d+-)*[a-z0-9%-]{10,}",
    # Without the A that follows the colon, every time and port before a word is one.
    r"\d{8,10}:[0-9A-Za-z_-]{35}": r"\d{8,10}:A[0-9A-Za-z_-]{34}(?![\w-])",
    r"AC[a-z0-9]{32}": r"AC(?<![A-Za-z0-9]AC)[a-f0-9]{32}(?![A-Za-z0-9])",
    r"SK[a-z0-9]{32}": r"SK(?<![A-Za-z0-9]SK)[a-f0-9]{32}(?![A-Za-z0-9])",
}
_PREFIX_GROUP = ("(ghp|gho|ghu|ghs|ghr)", "(glpat|gldt|glft|glsoat|glrt)", "([0-9a-fA-F]{2}_)")


def unknown() -> set[str]:
    """Changes to rules, and modules, that detect-secrets no longer has, and those it has anew."""
    names = {module.name for module in pkgutil.iter_modules(plugins.__path__)} - {"base"}
    theirs = {pattern.pattern for module in RULES for pattern in _patterns(module)}
    return (set(ADJUSTED) - theirs) | (names ^ {*RULES, *LEFT_OUT})


def rules() -> list[tuple[str, tuple[str, ...], str, bool]]:
    """(mark, literals, pattern, ignores case) of every rule taken."""
    taken = []
    for module, (mark, literals) in RULES.items():
        for pattern in _patterns(module):
            adjusted = _adjusted(pattern.pattern)
            if adjusted is not None:
                ignores = bool(pattern.flags & re.IGNORECASE)
                taken.append((mark, literals, adjusted, ignores))
    return taken


def _patterns(module: str) -> list[re.Pattern[str]]:
    loaded = importlib.import_module(f"detect_secrets.plugins.{module}")
    found = [
        detector
        for _, detector in inspect.getmembers(loaded, inspect.isclass)
        if issubclass(detector, RegexBasedDetector) and detector.__module__ == loaded.__name__
    ]
    return [pattern for detector in found for pattern in detector.denylist]


def _adjusted(pattern: str) -> str | None:
    if pattern in ADJUSTED:
        return ADJUSTED[pattern]
    for group in _PREFIX_GROUP:
        pattern = pattern.replace(group, "(?:" + group[1:])
    if pattern.startswith("(?:(?<=\\W)|(?<=^))"):
        return None  # an assignment to a name, as in LEFT_OUT
    # A longest length followed by a boundary would leave longer tokens alone.
    return re.sub(r"\{(\d+),\d+\}\(\?!\\w\)$", r"{\1,}", pattern)


def module_text() -> str:
    """The whole text of the data module."""
    shapes = "".join(
        f"    ({mark!r}, {literals!r}, {pattern!r}, {ignores}),\n"
        for mark, literals, pattern, ignores in rules()
    )
    words = "".join(f"    {word!r},\n" for word in keyword.DENYLIST)
    return f'''"""Shapes of credentials, made by tests/unit/secret_rules.py; do not edit.

From detect-secrets {version("detect-secrets")}, Copyright Yelp and contributors, Apache License 2.0
(https://github.com/Yelp/detect-secrets); the words of assignments are from its keyword plugin,
Copyright (c) 2014 Hewlett-Packard Development Company, MIT licence. Some are changed, as the
generator says.
"""

# ruff: noqa: E501
# fmt: off

SHAPES: tuple[tuple[str, tuple[str, ...], str, bool], ...] = (
{shapes})
"""(mark, literals of which one must be in the lower-case text, pattern, ignores case)."""

KEY_WORDS: tuple[str, ...] = (
{words})
"""How names end that hold a secret."""
'''


if __name__ == "__main__":
    TARGET.write_text(module_text(), "utf-8")
