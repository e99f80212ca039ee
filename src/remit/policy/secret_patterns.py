"""Shapes of credentials, made by tests/unit/secret_rules.py; do not edit.

From detect-secrets 1.5.0, Copyright Yelp and contributors, Apache License 2.0
(https://github.com/Yelp/detect-secrets); the words of assignments are from its keyword plugin,
Copyright (c) 2014 Hewlett-Packard Development Company, MIT licence. Some are changed, as the
generator says.
"""

# ruff: noqa: E501
# fmt: off

SHAPES: tuple[tuple[str, tuple[str, ...], str, bool], ...] = (
    ('artifactory-token', ('akc',), 'AKC(?:(?<![\\w.+/-]AKC)|(?<=\\\\[nrt]AKC)|(?<=%[0-9A-F][0-9A-F]AKC))[a-zA-Z0-9]{40,}', False),
    ('aws-key', ('a3t', 'abia', 'acca', 'akia', 'asia', 'aws'), '(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{16}', False),
    ('aws-key', ('a3t', 'abia', 'acca', 'akia', 'asia', 'aws'), 'aws[\\w .-]{0,20}?(?:key|pwd|pw|password|pass|token)[^\'\\"\\n]{0,20}+[\'\\"]([0-9a-zA-Z/+]{40})[\'\\"]', True),
    ('azure-key', ('accountkey=',), 'AccountKey=[a-zA-Z0-9+\\/=]{88}', False),
    ('discord-token', ('.',), '[MNO][a-zA-Z\\d_-]{23,25}\\.[a-zA-Z\\d_-]{6}\\.[a-zA-Z\\d_-]{27}', False),
    ('github-pat', ('ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'), '(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9_]{36}', False),
    ('gitlab-pat', ('glpat-', 'gldt-', 'glft-', 'glsoat-', 'glrt-', 'glcbt-', 'glimt-', 'glptt-', 'glagent-', 'gloas-', 'gr1348941'), '(?:glpat|gldt|glft|glsoat|glrt)-[A-Za-z0-9_\\-]{20,}', False),
    ('gitlab-pat', ('glpat-', 'gldt-', 'glft-', 'glsoat-', 'glrt-', 'glcbt-', 'glimt-', 'glptt-', 'glagent-', 'gloas-', 'gr1348941'), 'GR1348941[A-Za-z0-9_\\-]{20,}', False),
    ('gitlab-pat', ('glpat-', 'gldt-', 'glft-', 'glsoat-', 'glrt-', 'glcbt-', 'glimt-', 'glptt-', 'glagent-', 'gloas-', 'gr1348941'), 'glcbt-(?:[0-9a-fA-F]{2}_)?[A-Za-z0-9_\\-]{20,}', False),
    ('gitlab-pat', ('glpat-', 'gldt-', 'glft-', 'glsoat-', 'glrt-', 'glcbt-', 'glimt-', 'glptt-', 'glagent-', 'gloas-', 'gr1348941'), 'glimt-[A-Za-z0-9_\\-]{25}(?!\\w)', False),
    ('gitlab-pat', ('glpat-', 'gldt-', 'glft-', 'glsoat-', 'glrt-', 'glcbt-', 'glimt-', 'glptt-', 'glagent-', 'gloas-', 'gr1348941'), 'glptt-[A-Za-z0-9_\\-]{40}(?!\\w)', False),
    ('gitlab-pat', ('glpat-', 'gldt-', 'glft-', 'glsoat-', 'glrt-', 'glcbt-', 'glimt-', 'glptt-', 'glagent-', 'gloas-', 'gr1348941'), 'glagent-[A-Za-z0-9_\\-]{50,}', False),
    ('gitlab-pat', ('glpat-', 'gldt-', 'glft-', 'glsoat-', 'glrt-', 'glcbt-', 'glimt-', 'glptt-', 'glagent-', 'gloas-', 'gr1348941'), 'gloas-[A-Za-z0-9_\\-]{64}(?!\\w)', False),
    ('jwt', ('eyj',), 'eyJ(?:(?<![\\w.+/-]eyJ)|(?<=\\\\[nrt]eyJ)|(?<=%[0-9A-F][0-9A-F]eyJ))[A-Za-z0-9_=-]{8,}\\.[A-Za-z0-9_=-]{8,}(?:\\.[A-Za-z0-9_=+/-]*){0,3}', False),
    ('mailchimp-key', ('-us',), '[0-9a-z]{32}-us[0-9]{1,2}(?!\\w)', False),
    ('npm-token', (':_authtoken',), ':_authToken=[ \\t]{0,4}([\\w-]{20,})', False),
    ('openai-key', ('t3blbkfj',), 'sk-(?:(?<![\\w.+/-]sk-)|(?<=\\\\[nrt]sk-)|(?<=%[0-9A-F][0-9A-F]sk-))[A-Za-z0-9_-]*[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20,}', False),
    ('pypi-token', ('pypi-',), 'pypi-AgEIcHlwaS5vcmc[A-Za-z0-9-_]{70,}', False),
    ('pypi-token', ('pypi-',), 'pypi-AgENdGVzdC5weXBpLm9yZw[A-Za-z0-9-_]{70,}', False),
    ('sendgrid-key', ('sg.',), 'SG\\.[a-zA-Z0-9_-]{22}\\.[a-zA-Z0-9_-]{43}', False),
    ('slack-token', ('xox', 'hooks.slack.com'), 'xox[abceoprsd]-(?:\\d+-)*[a-z0-9%-]{10,}', True),
    ('slack-token', ('xox', 'hooks.slack.com'), 'https://hooks\\.slack\\.com/services/T[a-zA-Z0-9_]+/B[a-zA-Z0-9_]+/[a-zA-Z0-9_]+', True),
    ('softlayer-key', ('api.softlayer.com',), '(?:http|https)://api.softlayer.com/soap/(?:v3|v3.1)/([a-z0-9]{64})', True),
    ('square-key', ('sq0csp-',), 'sq0csp-[0-9A-Za-z\\\\\\-_]{43}', False),
    ('stripe-key', ('k_live_',), '(?:r|s)k_live_[0-9a-zA-Z]{24}', False),
    ('telegram-token', (':a',), '\\d{8,10}:A[0-9A-Za-z_-]{34}(?![\\w-])', False),
    ('twilio-key', ('ac', 'sk'), 'AC(?<![A-Za-z0-9]AC)[a-f0-9]{32}(?![A-Za-z0-9])', False),
    ('twilio-key', ('ac', 'sk'), 'SK(?<![A-Za-z0-9]SK)[a-f0-9]{32}(?![A-Za-z0-9])', False),
)
"""(mark, literals of which one must be in the lower-case text, pattern, ignores case)."""

KEY_WORDS: tuple[str, ...] = (
    'api_?key',
    'auth_?key',
    'service_?key',
    'account_?key',
    'db_?key',
    'database_?key',
    'priv_?key',
    'private_?key',
    'client_?key',
    'db_?pass',
    'database_?pass',
    'key_?pass',
    'password',
    'passwd',
    'pwd',
    'secret',
    'contraseña',
    'contrasena',
)
"""How names end that hold a secret."""
