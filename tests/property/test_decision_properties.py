"""What must hold for every command, with bash itself as the judge of how text is read."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from remit.model.contract import Check, Commands, Contract, Evidence, Scope
from remit.model.decision import Outcome
from remit.model.request import EffectKind
from remit.policy.shell.args import expand
from remit.policy.shell.facts import facts_of
from remit.policy.shell.parse import parse, read
from remit.policy.shell.plain import plain_script
from remit.policy.shell.syntax import Simple, TooBig, Unreadable
from remit.policy.wordlist import words
from remit.services.explain import explain

BASH = shutil.which("bash") or ""
needs_bash = pytest.mark.skipif(not BASH, reason="left out: bash is not here")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/home/nobody", "LC_ALL": "C.UTF-8"}
TOKENS = [
    *words("ls cat rm echo cd src README.md x $x ${x} $(ls) `ls` ' \" \\ ; & | && || ( ) { }"),
    *words("< > >> << EOF <<< <( if then else fi for in do done while case esac [[ ]] ! = x= *"),
    *words("? [ ] ~ # $((1+1)) (( )) f() 2>&1 function $'a' .. / -c bash eval"),
    *("\n", " ", "\t", "\0", "\udcff", "é"),
]
TOKENS.sort()
soup = st.lists(st.sampled_from(TOKENS), max_size=14).map(" ".join) | st.lists(
    st.sampled_from(TOKENS), max_size=14
).map("".join)
CONTRACT = Contract(
    "g",
    Scope(edit=("src/**",)),
    Evidence(checks=(Check("tests", "python -m pytest -q"),)),
)
ROOT = "/nowhere/repository"


def _decide(command: str, contract: Contract = CONTRACT) -> Outcome:
    explained = explain(
        "Bash", {"command": command}, contract, cwd=ROOT, root=ROOT, home="/home/nobody"
    )
    return explained.decision.outcome


def _bash(*arguments: str, cwd: str = "/") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [BASH, "--norc", "--noprofile", *arguments],
        cwd=cwd,
        env=ENVIRONMENT,
        capture_output=True,
        timeout=20,
        check=False,
    )


@given(st.text(max_size=300) | soup)
def test_every_text_is_decided(text: str) -> None:
    effects = facts_of(text, ROOT).effects
    assert effects
    assert _decide(text) in Outcome


@given(soup)
def test_what_cannot_be_read_is_never_allowed(text: str) -> None:
    try:
        parse(text)
    except (Unreadable, TooBig):
        assert _decide(text) is not Outcome.ALLOW


PLAIN = st.text(alphabet="ab1./-=~*?[]{}!^@%:+, '\"#$\\\n;", max_size=30)


@given(st.sampled_from(["ls", "if", "x=1", "[", "{", "!", "time", "-", "~", ""]), PLAIN | soup)
@example("ls", "a\"b\" '' 'c d'")
@example("ls", "'a'\"b\" c")
def test_a_plain_line_reads_as_the_grammar_reads_it(first: str, rest: str) -> None:
    text = f"{first} {rest}"
    found = plain_script(text)
    assert found is None or found == read(text)


@needs_bash
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(soup)
def test_bash_accepts_what_we_read(text: str) -> None:
    assume("\0" not in text and "\udcff" not in text)
    try:
        parse(text)
    except (Unreadable, TooBig):
        return
    checked = _bash("-n", "-c", "--", text)
    assert checked.returncode == 0, checked.stderr


pieces = st.sampled_from(
    [
        "a",
        "b.c",
        "/d",
        "-e",
        "'f g'",
        "''",
        '"h i"',
        '"$k"',
        '"\\$l"',
        '"\\m"',
        "\\n",
        "\\\\",
        "\\ ",
        "$'o\\tp'",
        "$'\\x71'",
        "$'\\''",
        '$"r"',
        "{s,t}",
        "{1..3}",
        "'{u,v}'",
        "{w",
        "x}",
        "\\{y,z\\}",
        "#",
        "=",
        "%",
        "+",
        ",",
        "~",
        '"~"',
        "\\\n",
        "é",
        "'*'",
        "{a,}",
        "{,b}",
        "{a,{b,c}}",
        "$",
        "@",
    ]
)


@needs_bash
@settings(max_examples=150)
@given(st.lists(st.lists(pieces, min_size=1, max_size=5).map("".join), min_size=1, max_size=3))
@example(["a{b,c}d"])
@example(["{a,'b,c'}"])
def test_words_mean_what_they_mean_to_bash(written: list[str]) -> None:
    command = " ".join(["printf", "'%s\\0'", *written])
    try:
        script = parse(command)
        simple = script.chains[0].pipelines[0].commands[0]
        assert isinstance(simple, Simple)
        args = [arg for word in simple.words for arg in expand(word, {})]
    except Unreadable:
        return
    assume(all(arg.sure and not arg.wild for arg in args))
    assume(not any(arg.text.startswith(("~", "./~")) for arg in args))
    printed = _bash("-c", "--", command).stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]
    assert [arg.text for arg in args[2:]] == (printed if len(args) > 2 else [])


NAMES = ("a", "b", "c")
names = st.sampled_from(NAMES)
leaf = st.one_of(
    names.map("touch {}".format),
    names.map("cd {}".format),
    st.just("cd .."),
    st.just("false"),
    st.just("true"),
    names.map("x={}".format),
    st.just("touch $x"),
    st.just('touch "$x/n"'),
    names.map("f() {{ touch {}; }}".format),
    st.just("f"),
    names.map("echo > {}/r".format),
    names.map("eval 'touch {}1'".format),
    names.map("sh -c 'touch {}2'".format),
    st.just("touch {p,q}"),
)
scripts = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map("; ".join),
        st.tuples(inner, inner).map(" && ".join),
        st.tuples(inner, inner).map(" || ".join),
        st.tuples(inner, inner).map(" | ".join),
        inner.map("( {} )".format),
        inner.map("{{ {}; }}".format),
        st.tuples(inner, inner).map(lambda two: f"if {two[0]}; then {two[1]}; fi"),
        inner.map("for x in a b; do {}; done".format),
        inner.map("while {}; do break; done".format),
        inner.map("echo $( {} )".format),
    ),
    max_leaves=7,
)


@needs_bash
@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow])
@given(scripts)
@example("f() { touch a; }; false && f() { touch b; }; f")
@example("cd a; touch x; cd b || touch y")
@example("x=a; if false; then x=b; fi; touch $x")
def test_no_file_appears_that_was_not_foreseen(script: str) -> None:
    """The script runs for real; every file it makes is among the effects, unless the facts say
    that something is only known when it runs."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "work" / "start"
        for name in NAMES:
            (root / name / name).mkdir(parents=True)
        before = set(root.parent.parent.rglob("*"))
        effects = facts_of(script, str(root)).effects
        _bash("-c", "--", script, cwd=str(root))
        made = set(root.parent.parent.rglob("*")) - before
        foreseen = {
            (root / effect.target).resolve()
            for effect in effects
            if effect.kind is EffectKind.WRITE
        }
        loose = {EffectKind.DYNAMIC, EffectKind.UNKNOWN}
        if not any(effect.kind in loose for effect in effects):
            assert made <= foreseen


plain_words = st.text("abcdef/._-", min_size=1, max_size=8).filter(lambda word: word[0] != "-")


@given(st.lists(plain_words, min_size=1, max_size=4), st.integers(0, 3), st.sampled_from("'\""))
def test_quoting_a_plain_word_changes_nothing(plain: list[str], place: int, quote: str) -> None:
    at = place % len(plain)
    quoted = [*plain]
    quoted[at] = f"{quote}{plain[at]}{quote}"
    assert facts_of(" ".join(["cat", *quoted]), ROOT) == facts_of(" ".join(["cat", *plain]), ROOT)


@given(soup, st.sampled_from(["ls", "cat", "echo", "rm", "cd", "bash"]))
def test_forbidding_more_never_allows_more(text: str, item: str) -> None:
    narrower = Contract(
        CONTRACT.goal, CONTRACT.scope, CONTRACT.evidence, commands=Commands(never=(item,))
    )
    if _decide(text, narrower) is Outcome.ALLOW:
        assert _decide(text) is Outcome.ALLOW


@given(soup, st.sampled_from(["src/**", "src/a", "!src/x", "*.py"]))
def test_a_narrower_scope_never_allows_more(text: str, pattern: str) -> None:
    narrower = Contract(CONTRACT.goal, Scope(edit=(pattern,)), CONTRACT.evidence)
    wider = Contract(CONTRACT.goal, Scope(edit=("**",)), CONTRACT.evidence)
    if _decide(text, narrower) is Outcome.ALLOW:
        assert _decide(text, wider) is Outcome.ALLOW


@given(soup)
def test_a_held_part_holds_the_whole(other: str) -> None:
    try:
        parse(other)
    except (Unreadable, TooBig):
        return
    assume(other.strip())
    if _decide(other) is not Outcome.ALLOW:
        assert _decide(f"true\n{other}") is not Outcome.ALLOW
