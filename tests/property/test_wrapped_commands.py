"""A command is never more permitted for being wrapped, and none crashes or hangs us: commands of
every program we know, put together by a grammar."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from remit.model.contract import Check, Commands, Contract, Evidence, Scope
from remit.model.decision import STRENGTH, Decision, Outcome
from remit.model.groups import GROUPS
from remit.policy.shell.facts import facts_of
from remit.policy.shell.programs import PROGRAMS
from remit.policy.wordlist import words
from remit.services.explain import explain

ROOT = "/nowhere/repository"
CONTRACT = Contract(
    "g",
    Scope(edit=("**",)),
    Evidence(checks=(Check("tests", "python -m pytest -q"),)),
    commands=Commands(free=tuple(sorted(GROUPS))),
)
ARGUMENTS = [
    *words("-rf -n -i -c -e -f -o -x -p -v -C -I -r -l -a -d -s -t -- - + . .. / ~ * src x main"),
    *words("--help --version --delete --force --dry-run --output=x --exec=sh -exec -delete -name"),
    *words("src/app.py ../x /etc/hosts /etc/shadow /tmp/x ~/.ssh/id_rsa .env $X $(ls) 755 1 {} ;"),
    *words("get list ls show describe status delete rm apply run exec create push log config view"),
    *words("secret secrets kv api auth token query eval system install https://x.example host:x"),
    *words("if=/dev/zero of=/srv/x A=b PATH=/tmp ::: HEAD stash add commit checkout reset -m -F"),
    "'rm -rf /srv'",
    "'print(1)'",
    "'select 1'",
    "'{print $1}'",
    "'s/a/b/'",
    "'$X'",
    '"a b"',
    '"$(rm -rf /srv)"',
]
ARGUMENTS.sort()
programs = st.sampled_from(
    [*sorted(set(PROGRAMS) - {"coproc"}), "./x", "/bin/rm", "unheard-of", "src/app.py"]
)
plain = st.builds(
    lambda name, args: " ".join([name, *args]),
    programs,
    st.lists(st.sampled_from([arg for arg in ARGUMENTS if arg != ";"]), max_size=5),
)
redirected = st.builds(
    "{} {}".format,
    plain,
    st.sampled_from(["> src/x", "> /etc/x", "< README.md", "2>&1", "<<< 'x'", ">> ~/.bashrc"]),
)
simple = plain | redirected


def _composed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, inner)
    return st.one_of(
        two.map(" && ".join),
        two.map(" || ".join),
        two.map("; ".join),
        two.map(" | ".join),
        two.map("\n".join),
        inner.map("( {} )".format),
        inner.map("{{ {}; }}".format),
        inner.map("if true; then {}; fi".format),
        inner.map("for x in a b; do {}; done".format),
        inner.map("while read x; do {}; done < README.md".format),
        inner.map('echo "$( {} )"'.format),
        inner.map("cd src && {}".format),
        inner.map("f() {{ {}; }}; f".format),
    )


scripts = st.recursive(simple, _composed, max_leaves=5)
STARTERS = words("env timeout|5 nohup nice stdbuf|-oL setsid time command xargs sudo busybox")
BEFORE = sorted(word.replace("|", " ") for word in STARTERS)


UNREAD = ("shell.unparsed", "shell.too-deep", "shell.too-many")


def _decided(command: str) -> Decision:
    return explain(
        "Bash", {"command": command}, CONTRACT, cwd=ROOT, root=ROOT, home="/home/nobody"
    ).decision


def _is_narrower(command: str, than: str) -> bool:
    """Whether ``command`` is at most as permitted; one that cannot be read is asked about."""
    one, other = _decided(command), _decided(than)
    unread = any(reason.rule in UNREAD for reason in one.reasons)
    return STRENGTH[one.outcome] >= STRENGTH[other.outcome] or (unread and one.held)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(simple, st.sampled_from(BEFORE))
def test_a_program_is_not_more_permitted_behind_another(command: str, before: str) -> None:
    assert _is_narrower(f"{before} {command}", command)


ROUND = [
    "( {} )",
    "{{ {}\n}}",
    "{}\ntrue",
    "true; {}",
    "true && {}",
    "! {}",
    "{} | cat",
    "{} &",
    "if true; then {}\nfi",
    "until {}\ndo true; done",
    "x=$( {} )",
    "cat <( {} )",
    "f() {{ {}\n}}; f",
    "case x in x) {}\n;; esac",
    "trap - EXIT; {}",
]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(scripts, st.sampled_from(ROUND))
@example("cd /srv && echo x > $PWD/y", "( {} )")
def test_a_script_is_not_more_permitted_inside_another(script: str, around: str) -> None:
    assert _is_narrower(around.format(script), script)


SHELLS = ["bash -c {}", "sh -c {}", "eval {}", "timeout 5 bash -c {}", "env -i sh -c {}"]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(scripts, st.sampled_from(SHELLS))
def test_a_script_is_not_more_permitted_as_a_text(script: str, shell: str) -> None:
    assert _is_narrower(shell.format(shlex.quote(script)), script)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(scripts)
def test_a_script_that_is_piped_is_not_more_permitted(script: str) -> None:
    assert _is_narrower(f"printf '%s' {shlex.quote(script)} | sh", script)
    assert _is_narrower(f"sh <<'THE END'\n{script}\nTHE END", script)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(scripts, scripts)
def test_more_commands_are_not_more_permitted(one: str, other: str) -> None:
    assert _is_narrower(f"{one}\n{other}", one)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(scripts)
def test_every_script_of_the_grammar_is_decided(script: str) -> None:
    assert facts_of(script, ROOT).effects
    assert _decided(script).outcome in STRENGTH
    assert set(STRENGTH) == set(Outcome)


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_every_program_is_decided_without_arguments(name: str) -> None:
    assert facts_of(name, ROOT).effects
