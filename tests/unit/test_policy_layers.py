"""A lower layer only narrows, and every line says where it comes from."""

from __future__ import annotations

import pytest

from remit.codec.contract import parse
from remit.codec.policy_file import parse_policy
from remit.errors import InvalidDocument
from remit.model.policy import PolicyFile, PolicyLayer
from remit.policy.bounds import bound
from remit.policy.layers import Merged, merge

ORG, REPO, USER = PolicyLayer.ORGANISATION, PolicyLayer.REPOSITORY, PolicyLayer.USER


def _file(layer: PolicyLayer, text: str) -> PolicyFile:
    return parse_policy(text, f"{layer}.toml", layer)


def _merged(org: str = "", repo: str = "", user: str = "") -> Merged:
    return merge([_file(USER, user), _file(ORG, org), _file(REPO, repo)])


@pytest.mark.parametrize(
    ("upper", "narrower", "wider"),
    [
        ('scope.edit = ["src/**"]', 'scope.edit = ["src/calc/**"]', 'scope.edit = ["**"]'),
        ('scope.read = ["src/**"]', 'scope.read = ["src/a.py"]', 'scope.read = ["docs/**"]'),
        ('commands.free = ["npm"]', 'commands.free = ["npm test"]', 'commands.free = ["npx"]'),
        ('network.hosts = ["*.a.org"]', 'network.hosts = ["x.a.org"]', 'network.hosts = ["a.b"]'),
        ("network.hosts = []", "network.hosts = []", 'network.hosts = ["a.org"]'),
        ('tools.allow = ["Read", "Edit"]', 'tools.allow = ["Read"]', 'tools.allow = ["Bash"]'),
        ('environment = ["CI"]', "environment = []", 'environment = ["TOKEN"]'),
        ("stop.allow_zones = []", "stop.allow_zones = []", 'stop.allow_zones = ["billing"]'),
        ('limits.time = "30m"', 'limits.time = "10m"', 'limits.time = "1h"'),
        ('limits.spend = "2.00"', 'limits.spend = "1.00"', 'limits.spend = "2.01"'),
        ("limits.attempts = 2", "limits.attempts = 0", "limits.attempts = 3"),
        ('evidence.prepare = "npm ci"', 'evidence.prepare = "npm ci"', 'evidence.prepare = "x"'),
        ('decide.low = ["signed"]', "decide.low = []", 'decide.low = ["peer"]'),
        ('decide.high = ["signed"]', 'decide.high = ["signed"]', 'decide.high = ["terminal"]'),
        (
            '[mcp.a]\ncommand=["a"]\ntools=["x","y"]',
            '[mcp.a]\ncommand=["a"]\ntools=["x"]',
            '[mcp.a]\ncommand=["a"]\ntools=["x","z"]',
        ),
        (
            '[mcp.a]\ncommand=["a"]\ntools=["x"]\nwrites=["y"]',
            '[mcp.a]\ncommand=["a"]\nwrites=["y"]\ndata="internal"',
            '[mcp.a]\ncommand=["a"]\ntools=["x","y"]',
        ),
        (
            '[mcp.a]\ncommand=["a"]\ndata="customer-data"',
            '[mcp.a]\ncommand=["a"]\ndata="customer-data"',
            '[mcp.a]\ncommand=["a"]\ndata="public"',
        ),
        (
            '[[evidence.checks]]\nname="t"\ncommand="make test"',
            '[[evidence.checks]]\nname="t"\ncommand="make test"\nrequired=true',
            '[[evidence.checks]]\nname="t"\ncommand="true"',
        ),
    ],
)
def test_a_lower_layer_may_narrow_and_never_widen(upper: str, narrower: str, wider: str) -> None:
    assert _merged(org=upper, repo=narrower).widenings == ()
    merged = _merged(org=upper, repo=wider)
    (widening,) = merged.widenings
    assert widening.source == "repository.toml"
    assert widening.problem.line is not None
    assert "the organisation policy (organisation.toml:1)" in widening.problem.message
    alone = _merged(org=upper).policy
    for field in ("edit", "read", "free", "hosts", "tools_allow", "environment", "mcp"):
        assert getattr(alone, field) is None or getattr(merged.policy, field) == ()
    assert merged.policy.ceiling == alone.ceiling
    assert merged.policy.checks == alone.checks
    assert merged.policy.prepare == alone.prepare


def test_what_forbids_is_joined_over_all_layers() -> None:
    merged = _merged(
        'commands.never = ["git push"]\nscope.never_edit = ["vendor/**"]',
        'commands.never = ["npm publish"]',
        'commands.never = ["git push", "rm"]\ncommands.exact = true',
    )
    assert merged.policy.never == ("git push", "npm publish", "rm")
    assert merged.policy.exact
    (pushed,) = [line for line in merged.lines if line.value == "git push"]
    assert [(str(o.layer), o.source, o.line) for o in pushed.origins] == [
        ("organisation", "organisation.toml", 1),
        ("user", "user.toml", 1),
    ]


def test_a_refused_item_is_left_out_and_the_rest_stays() -> None:
    merged = _merged('commands.free = ["npm test"]', 'commands.free = ["npm test", "curl"]')
    assert merged.policy.free == ("npm test",)


CONTRACT = """\
goal = "Fix the failing parser test"
[scope]
edit = ["src/parser.py", "src/gen/out.py"]
[network]
hosts = ["evil.example.org"]
[budget]
time = "2h"
[commands]
never = ["make deploy"]
[[evidence.checks]]
name = "tests"
command = "make test"
"""
POLICY = """\
scope.never_edit = ["src/gen/**"]
network.hosts = ["api.example.org"]
limits.time = "30m"
limits.files = 40
commands.never = ["git push"]
scope.read = ["src/**"]
[[evidence.checks]]
name = "lint"
command = "make lint"
required = true
paths = ["src/**"]
[[evidence.checks]]
name = "docs"
command = "make docs"
required = true
paths = ["docs/**"]
"""


def test_a_contract_is_bounded_and_filled_by_the_policy() -> None:
    bounded = bound(parse(CONTRACT, "c"), _merged(repo=POLICY))
    assert {problem.key for problem in bounded.problems} == {
        "scope.edit[1]",
        "network.hosts[0]",
        "budget.time",
    }
    assert all("the repository policy (repository.toml:" in p.message for p in bounded.problems)
    contract = bounded.contract
    assert contract.commands.never == ("make deploy", "git push")
    assert contract.scope.read == ("src/**",)
    assert contract.stop.paths == ("src/gen/**",)
    assert contract.budget.files_inspected == 40
    assert [check.name for check in contract.evidence.checks] == ["tests", "lint"]


def test_a_default_above_the_ceiling_comes_down_without_a_word() -> None:
    small = 'goal = "x"\nscope.edit = ["a"]\nevidence.none = "y"'
    bounded = bound(parse(small, "c"), _merged(org='limits.time = "5m"\nlimits.attempts = 0'))
    assert bounded.problems == ()
    assert (bounded.contract.budget.time_s, bounded.contract.budget.attempts) == (300, 0)


def test_a_policy_with_a_typo_is_refused_with_its_line() -> None:
    with pytest.raises(InvalidDocument) as refused:
        _file(REPO, 'schema = 1\n[scope]\nnever_edits = [".git"]\n')
    (problem,) = refused.value.problems
    assert (problem.key, problem.line) == ("scope.never_edits", 3)
    assert problem.fix == "did you mean `never_edit`?"


def test_who_may_sign_is_said_above_the_repository_and_by_the_strongest_layer() -> None:
    merged = _merged(org='decide.signers = "a"', user='decide.signers = "b"')
    assert merged.policy.signers == "/a"
    (widening,) = merged.widenings
    assert widening.source == "user.toml"
    assert _merged(user='decide.signers = "/k/a"').policy.signers == "/k/a"
    joined = _merged(org='decide.presence = ["high"]', repo='decide.presence = ["standard"]')
    assert joined.policy.decide_presence == ("high", "standard")
    for line in ('decide.signers = "a"', 'decide.revoked = "a"'):
        with pytest.raises(InvalidDocument):
            _merged(repo=line)


@pytest.mark.parametrize("risk", ["standard", "high"])
def test_no_policy_makes_a_peer_enough_above_the_low_class(risk: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        _merged(org=f'decide.{risk} = ["terminal", "peer"]')
    assert "never enough above the low class" in refused.value.problems[0].message
    _merged(org='decide.low = ["peer"]')


def test_what_any_layer_never_reads_is_taken_out_of_every_contract() -> None:
    merged = _merged(org='scope.never_read = ["keys/**"]', repo='scope.never_read = ["plans/**"]')
    small = 'goal = "x"\nscope.edit = ["a"]\nevidence.none = "y"'
    whole = bound(parse(small, "c"), merged).contract.scope
    assert whole.read == ("**", "!keys/**", "!plans/**")
    part = bound(parse(small.replace("scope", 'scope.read = ["a"]\nscope', 1), "c"), merged)
    assert part.contract.scope.read == ("a", "!keys/**", "!plans/**")


@pytest.mark.parametrize(
    ("wide", "narrow", "covers"),
    [
        ("npm run", "=npm run build", True),
        ("=npm run build", "=npm  run build", True),
        ("=npm run build", "npm run build", False),
        ("=npm run", "=npm run build", False),
    ],
)
def test_a_prefix_covers_whole_commands_and_they_only_themselves(
    wide: str, narrow: str, covers: bool
) -> None:
    merged = _merged(org=f'commands.free = ["{wide}"]', repo=f'commands.free = ["{narrow}"]')
    assert (not merged.widenings) == covers
