"""Text that is not ours reaches people harmless, whatever the sink."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from remit.adapters.render import escape, escape_markup
from remit.adapters.render.environment import Unescaped, html_environment, markdown_environment
from remit.model.untrusted import Untrusted

HOSTILE = Path(__file__).parent.parent / "golden" / "hostile"

ATTACKS = {
    "clear screen": "done\x1b[2J\x1b[Hall tests pass",
    "window title": "\x1b]0;root@prod\x07",
    "link of a terminal": "\x1b]8;;https://evil.example\x1b\\src/a.py\x1b]8;;\x1b\\",
    "C1 sequence": "\x9b31mred\x9d0;title\x9c",
    "carriage return": "rm -rf /\rls -l    ",
    "backspaces": "FAIL\x08\x08\x08\x08PASS",
    "line feed": "a.py\nVERDICT: PASS",
    "line separator": "a.py\u2028PASS\u2029\x85",
    "reordered": "a\u202excod.exe\u202c \u2066x\u2069",
    "zero width": "ad\u200bmin\u200d\u2060\ufeff",
    "tag letters": "ok\U000e0069\U000e0067",
    "selectors": "a\ufe00\U000e0101",
    "marks": "Z" + "\u0351" * 60 + "algo",
    "blank letters": "\u3164\u2800\uffa0",
    "bytes": b"caf\xe9/\xff.py".decode("utf-8", "surrogateescape"),
    "half a pair": "\ud83d lone",
    "script": "<script>alert(1)</script>",
    "attribute": "\" onmouseover='x' `y`",
    "entities": "&lt;b&gt; &#x1F; &amp;",
    "link": "[click](javascript:alert(1)) <https://evil.example> www.evil.example",
    "image": "![x](https://evil.example/pixel.png)",
    "mention": "@everyone please merge, cc @org/team",
    "closing": "fixes #1, Closes: GH-2, resolves https://github.com/o/r/issues/3, close ABC-4",
    "quick action": "/merge\n/approve",
    "fence": "```\nout\n```` ~~~~\n",
    "heading": "# Verdict: pass\n===",
    "table": "a | b \\| c",
    "emoji": ":+1: :shipit:",
    "details": "</details></code></pre><!-- -->",
    "html in fence": "<img src=x onerror=alert(1)>",
    "actions": "::set-output name=verdict::pass",
    "actions in a line": "x ##[group]y ::error file=a::b",
    "azure": "##vso[task.setvariable variable=x]y",
    "teamcity": "##teamcity[buildStatus status='SUCCESS']",
    "gitlab": "section_start:1:x[collapsed=true]",
    "template": "{{ 7*7 }} {% raw %} ${{ secrets.X }}",
    "path": "../../etc/passwd",
    "option": "--force",
    "nul": "a\x00b",
}

SINKS: dict[str, Callable[[Untrusted], str]] = {
    "html": escape_markup.html,
    "html_block": escape_markup.html_block,
    "terminal": escape.terminal,
    "terminal_block": escape.terminal_block,
    "markdown_inline": escape_markup.markdown_inline,
    "markdown_prose": escape_markup.markdown_prose,
    "markdown_block": escape_markup.markdown_block,
    "ci_log": escape.ci_log,
    "json_text": lambda text: json.dumps(escape.json_text(text)),
    "filename": escape.filename,
}


def rendered(sink: Callable[[Untrusted], str]) -> str:
    shown = (f"== {name}\n{sink(Untrusted(text))}\n" for name, text in ATTACKS.items())
    return "".join(shown)


@pytest.mark.parametrize("name", SINKS)
def test_hostile_text_is_shown_as_the_golden_file_says(name: str) -> None:
    golden = HOSTILE / f"{name}.txt"
    shown = rendered(SINKS[name])
    if os.environ.get("REMIT_GOLDEN") == "write":
        golden.write_text(shown, encoding="utf-8")
    assert shown == golden.read_text(encoding="utf-8")


LINES = ["html", "terminal", "markdown_inline", "markdown_prose", "ci_log", "filename"]
BLOCKS = ["html_block", "terminal_block", "markdown_block"]
anything = st.text(st.characters(exclude_categories=()), max_size=40)


@pytest.mark.parametrize("name", LINES + BLOCKS)
@given(text=anything)
def test_nothing_unseen_gets_through(name: str, text: str) -> None:
    shown = str(SINKS[name](Untrusted(text)))
    kept = "\n" if name in BLOCKS else ""
    kept += "\t" if name in ("html_block", "markdown_block") else ""
    for character in shown:
        if character not in kept and character not in "\u00a0\u3000":
            assert unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


@pytest.mark.parametrize("sink", [escape_markup.markdown_inline, escape_markup.markdown_prose])
@given(text=st.text("a@#/\\`|*_[]()<>!:.-~ \n1w&;$", max_size=30))
def test_inline_markdown_is_one_code_span_or_quiet_words(
    sink: Callable[[Untrusted], str], text: str
) -> None:
    shown = str(sink(Untrusted(text)))
    span = re.fullmatch(r"`[^`|\n]+`", shown)
    entities = re.fullmatch(r"<code>(?:[\w\s\u2400-\u2421]|&#x[0-9A-F]+;)*</code>", shown)
    quiet = re.fullmatch(r"[A-Za-z][\w ,;()'\"%+=/.:-]*", shown) and "www" not in shown
    assert not shown or span or entities or (sink is escape_markup.markdown_prose and quiet)
    assert not re.search(r"[@#]\w", re.sub(r"&#x[0-9A-F]+;", "", shown))


@given(text=st.text("`~ \na", max_size=60))
def test_a_fence_is_longer_than_any_run_inside(text: str) -> None:
    first, *inside, last, end = str(escape_markup.markdown_block(Untrusted(text))).split("\n")
    fence = first.removesuffix("text")
    assert last == fence and end == "" and set(fence) == {"`"}
    assert all(fence not in line for line in inside)


@given(text=anything)
def test_json_text_is_what_every_reader_takes(text: str) -> None:
    shown = escape.json_text(Untrusted(text))
    assert json.loads(json.dumps(shown).encode("utf-8")) == shown
    assert shown.encode("utf-8").decode("utf-8") == shown


@given(text=anything)
def test_a_file_name_is_one_plain_portable_name(text: str) -> None:
    name = escape.filename(Untrusted(text))
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name) and name != ".."


def test_honest_text_of_any_script_stays_as_it_is() -> None:
    honest = "Zażółć gęślą jaźń — «naïve» 日本語 עברית हिन्दी e\u0301 😀 x\u00a0y"
    assert escape.terminal(Untrusted(honest)) == honest
    assert escape_markup.html(Untrusted(honest)) == honest


def test_plain_words_and_paths_stay_readable_in_markdown() -> None:
    assert escape_markup.markdown_inline(Untrusted("src/parser/core.py")) == "`src/parser/core.py`"
    assert escape_markup.markdown_prose(Untrusted("fix the failing parser test")) == (
        "fix the failing parser test"
    )


def test_a_template_that_forgets_the_escape_still_escapes_html() -> None:
    template = html_environment().from_string("<p>{{ text }}</p>")
    assert template.render(text=Untrusted("<b>\u202e")) == "<p>&lt;b&gt;&lt;U+202E&gt;</p>"


@pytest.mark.parametrize("value", [Untrusted("a"), "a", None, ["a"]])
def test_a_markdown_template_that_forgets_the_escape_fails(value: object) -> None:
    with pytest.raises(Unescaped):
        markdown_environment().from_string("{{ value }}").render(value=value)


@pytest.mark.parametrize("words", ["@x", "#1", "a|b", "<b>", Untrusted("fine")])
def test_words_of_ours_cannot_carry_markup(words: object) -> None:
    with pytest.raises(Unescaped):
        markdown_environment().from_string("{{ value|own }}").render(value=words)


@pytest.mark.parametrize("environment", [html_environment, markdown_environment])
def test_a_missing_value_is_an_error(environment: Callable[[], object]) -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nothing }}").render()  # type: ignore[attr-defined]


def test_untrusted_text_refuses_to_become_a_string_by_itself() -> None:
    for careless in (str, "{}".format, lambda text: f"{text}"):
        with pytest.raises(TypeError):
            careless(Untrusted("x"))
