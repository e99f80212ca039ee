"""Shapes of credentials that detect-secrets does not know (yet)."""

from __future__ import annotations


def at(prefix: str) -> str:
    """A pattern for the literal ``prefix`` where a token starts: after no character of one, or
    after an escape such as ``\\n``. It keeps patterns linear that scan on before they fail."""
    return rf"{prefix}(?:(?<![\w.+/-]{prefix})|(?<=\\[nrt]{prefix})|(?<=%[0-9A-F][0-9A-F]{prefix}))"


PEM = (
    r"-----BEGIN (?P<kind>[A-Z0-9 ]{0,40})PRIVATE KEY(?P<block> BLOCK)?-----"
    r"(?:(?!-----)[A-Za-z0-9+/=\s\\:,.\"'()_-]){32,}+"
    r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?"
)
"""A private key as a whole block. Where its end is missing, as much as can be of one."""

MODERN: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("anthropic-key", ("sk-ant-",), r"sk-ant-[A-Za-z0-9_-]{20,}"),
    (
        "openai-key",
        ("sk-",),
        at("sk-") + r"(?:(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{40,})",
    ),
    ("openrouter-key", ("sk-or-",), r"sk-or-(?:v1-)?[A-Za-z0-9]{32,}"),
    ("github-pat", ("github_pat_",), r"github_pat_[A-Za-z0-9_]{22,}"),
    ("huggingface-token", ("hf_",), at("hf_") + r"[A-Za-z0-9]{34,}"),
    ("google-key", ("aiza",), r"AIza[A-Za-z0-9_-]{35}"),
    ("google-oauth", ("gocspx-", "ya29."), r"GOCSPX-[A-Za-z0-9_-]{24,}|ya29\.[A-Za-z0-9_-]{20,}"),
    (
        "slack-token",
        ("xapp-", "xoxe."),
        r"xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{20,}|xoxe\.[A-Za-z0-9.-]{20,}",
    ),
    ("npm-token", ("npm_",), at("npm_") + r"[A-Za-z0-9]{36}"),
    ("stripe-key", ("k_test_", "whsec_"), r"[rs]k_test_[0-9a-zA-Z]{24,}|whsec_[A-Za-z0-9+/]{32,}"),
    ("digitalocean-token", ("do",), r"do[opr]_v1_[a-f0-9]{64}"),
    ("databricks-token", ("dapi",), at("dapi") + r"[a-f0-9]{32}(?![A-Za-z0-9])"),
    ("docker-pat", ("dckr_pat_",), r"dckr_pat_[A-Za-z0-9_-]{20,}"),
    ("vault-token", ("hvs.", "hvb."), r"hv[sb]\.[A-Za-z0-9_-]{24,}"),
    ("doppler-token", ("dp.",), r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9.]{40,}"),
    ("age-key", ("age-secret-key-1",), r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    ("sentry-token", ("sntrys_", "sntryu_"), r"sntry[su]_[A-Za-z0-9_=+/-]{40,}"),
    (
        "grafana-token",
        ("glsa_", "glc_"),
        r"glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|glc_[A-Za-z0-9+/=]{40,}",
    ),
    ("postman-key", ("pmak-",), r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    ("newrelic-key", ("nrak-",), r"NRAK-[A-Z0-9]{27}"),
    ("pulumi-token", ("pul-",), at("pul-") + r"[a-f0-9]{40}(?![A-Za-z0-9])"),
    ("linear-key", ("lin_api_",), r"lin_api_[A-Za-z0-9]{40}"),
    ("shopify-token", ("shp",), r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    ("replicate-token", ("r8_",), at("r8_") + r"[A-Za-z0-9]{37}"),
    ("groq-key", ("gsk_",), at("gsk_") + r"[A-Za-z0-9]{48,}"),
    ("xai-key", ("xai-",), at("xai-") + r"[A-Za-z0-9]{64,}"),
    ("perplexity-key", ("pplx-",), r"pplx-[A-Za-z0-9]{40,}"),
    (
        "url-password",
        ("://",),
        r"://[^:/?#\[\]@\s'\"<>]{0,256}:([^/?#@\s'\"<>$]{3,256})@(?=[\w.\[-])",
    ),
    (
        "authorization",
        ("authorization", "bearer "),
        r"(?i:(?:authorization[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?(?:basic|token|digest)|bearer)"
        r"[ \t]{1,4})([A-Za-z0-9._~+/=-]{16,})",
    ),
    (
        "command-password",
        ("sshpass",),
        r"sshpass[ \t]{1,4}-p[ \t]{0,4}[\"']?([^\s\"'$\[][^\s\"']{2,})",
    ),
    (
        "command-password",
        ("curl", "wget"),
        r"(?<=[ \t])(?:-u|--user)(?:[ \t]{1,4}|=)[\"']?[\w.@+-]{1,100}:([^\s\"'$:\[]{3,})",
    ),
)
"""(mark, literals of which one must be in the lower-case text, pattern). Group 1, where there is
one, is what goes."""
