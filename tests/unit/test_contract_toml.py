"""Contract text is bounded before it is parsed, and every line number is the file's own."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.codec.toml import MAX_BYTES, decode, load
from remit.codec.toml_scan import MAX_DEPTH, MAX_ENTRIES, Path, scan
from remit.errors import InvalidDocument, Problem


def _refusal(text: str) -> Problem:
    with pytest.raises(InvalidDocument) as refused:
        load(text, "contract.toml")
    (problem,) = refused.value.problems
    return problem


TRICKY = (
    '''\
# a comment = "with [brackets]"
top = """
[not.a.table]
key = "no"
""" # done
'quoted key' = 'a "literal" with # and ]'
"esc\\u0061ped" = 1

[scope]   # comment
edit = [  # first
  "a",    # "b"
  # "c",
  """d
e""", "f",
]
a.b."c.d" = { x = 1, y = [2, 3] }
when = 1979-05-27 07:32:00
five = """"quoted"""""

[[evidence.checks]]
name = "one"
  [evidence.checks.more]
  deep = true
[[evidence.checks]]
name = "two"
[evidence.checks.more]
deep = '''
    + """'''x
[[evidence.checks]]
'''
"""
)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("quoted key",), 6),
        (("escaped",), 7),
        (("scope",), 9),
        (("scope", "edit"), 10),
        (("scope", "edit", 0), 11),
        (("scope", "edit", 1), 13),
        (("scope", "edit", 2), 14),
        (("scope", "a", "b", "c.d"), 16),
        (("scope", "a", "b", "c.d", "y", 1), 16),
        (("scope", "when"), 17),
        (("scope", "five"), 18),
        (("evidence", "checks"), 20),
        (("evidence", "checks", 0, "name"), 21),
        (("evidence", "checks", 0, "more", "deep"), 23),
        (("evidence", "checks", 1), 24),
        (("evidence", "checks", 1, "name"), 25),
        (("evidence", "checks", 1, "more"), 26),
        (("evidence", "checks", 1, "more", "deep"), 27),
    ],
)
def test_every_shape_of_key_has_its_line(path: Path, line: int) -> None:
    assert load(TRICKY, "t").positions.line(path) == line


def test_windows_line_ends_count_the_same() -> None:
    document = load('goal = "x"\r\n\r\n[scope]\r\nedit = [\r\n  "a",\r\n]\r\n', "t")
    assert document.positions.line(("scope", "edit", 0)) == 5


def _paths(value: object, at: Path = ()) -> Iterator[Path]:
    pairs: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    for key, inner in pairs:
        yield (*at, key)
        yield from _paths(inner, (*at, key))


@given(st.text(alphabet="ab.[]{}\"'=,# \n1\\", max_size=80))
def test_the_scan_finds_what_the_parser_finds(text: str) -> None:
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        scan(text)
        return
    assert set(_paths(values)) == set(scan(text).lines)


def test_a_document_of_the_greatest_size_is_read() -> None:
    text = "# " + "x" * (MAX_BYTES - 3) + "\n"
    assert len(text) == MAX_BYTES
    assert load(text, "t").values == {}
    assert "256 KiB" in _refusal(text + "#").message


def test_bytes_count_not_characters() -> None:
    text = "# " + "ü" * (MAX_BYTES // 2)
    assert "256 KiB" in _refusal(text).message
    with pytest.raises(InvalidDocument):
        decode(text.encode(), "t")


def test_nesting_ends_at_the_limit() -> None:
    assert load("a = " + "[" * MAX_DEPTH + "]" * MAX_DEPTH, "t").values
    over = "\n\na = " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)
    problem = _refusal(over)
    assert (problem.message, problem.line) == ("nested more than 32 deep", 3)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a = " + "{b = " * 50_000,
        ".".join(["a"] * 100_000) + " = 1",
        "[" + ".".join(["a"] * 33) + "]",
        "a = " + "[{b = " * 40_000,
    ],
)
def test_deep_text_never_reaches_the_parser(text: str) -> None:
    assert "nested more than 32 deep" in _refusal(text).message


def test_entries_end_at_the_limit() -> None:
    lines = "".join(f"k{n} = 1\n" for n in range(MAX_ENTRIES))
    assert len(load(lines, "t").values) == MAX_ENTRIES
    problem = _refusal(lines + "one_more = 1\n")
    assert problem.message == "more than 10,000 entries"
    assert problem.line == MAX_ENTRIES + 1
    assert "entries" in _refusal("a = [" + "1," * MAX_ENTRIES + "]").message


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('goal = "x"\nedit = [\n', 2, "end of the file"),
        ('goal = "x\n', 1, "column 10"),
        ("a = 1\na = 2\n", 2, "column 6"),
        ("ok = 1\n???\n", 2, "column 1"),
    ],
)
def test_a_syntax_error_says_where(text: str, line: int, column: str) -> None:
    problem = _refusal(text)
    assert problem.line == line
    assert "not TOML" in problem.message
    assert column in problem.message


def test_a_byte_order_mark_is_no_error() -> None:
    assert load(decode(b'\xef\xbb\xbfgoal = "x"', "t"), "t").values == {"goal": "x"}


@pytest.mark.parametrize(
    ("data", "said", "line"),
    [
        (b'goal = "x"\nkeep = "\xff"', "not UTF-8", 2),
        ("goal = 1".encode("utf-16"), "UTF-16", None),
    ],
)
def test_other_encodings_are_refused(data: bytes, said: str, line: int | None) -> None:
    with pytest.raises(InvalidDocument) as refused:
        decode(data, "t")
    (problem,) = refused.value.problems
    assert said in problem.message
    assert problem.line == line


def test_a_nul_byte_is_refused_with_its_line() -> None:
    problem = _refusal('goal = "x"\n# \x00')
    assert (problem.message, problem.line) == ("the file holds a NUL byte", 2)
