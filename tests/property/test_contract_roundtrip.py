"""Whatever a contract holds, its file gives it back and its digest stays."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from remit.codec.contract import dump, freeze, parse
from remit.model.contract import (
    Budget,
    Check,
    Commands,
    Contract,
    Evidence,
    McpServer,
    People,
    Rollback,
    Scope,
    Shows,
    Stop,
    Tools,
)

_word = st.text("abcxyz-_. '\"\\#=[]{}é中😀\u202e", min_size=1, max_size=12)
word = _word.filter(lambda text: text.strip())
prose = st.builds(lambda lines: "\n".join(lines).strip(), st.lists(word, min_size=1, max_size=3))
name = st.text("abcXYZ_", min_size=1, max_size=8)
pattern = st.from_regex(r"[a-z]{1,6}(/[a-z*]{1,5}){0,3}", fullmatch=True)
maybe = st.none() | word
prefix = word.filter(lambda text: not text.startswith("="))
command = prefix | prefix.map(lambda text: f"={text.strip()}")


def listed(items: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(items, max_size=3).map(tuple)


count = st.none() | st.integers(1, 10_000)
checks = st.lists(
    st.builds(Check, word, prose, st.sampled_from(Shows), st.integers(1, 90_000)),
    min_size=1,
    max_size=3,
    unique_by=lambda check: check.name,
)
evidence = st.builds(
    Evidence, checks.map(tuple), st.just(""), st.just("") | prose, listed(pattern)
) | st.builds(Evidence, st.just(()), prose, st.just(""), listed(pattern))
server = st.builds(
    McpServer, word, st.lists(word, min_size=1, max_size=3).map(tuple), st.just(""), listed(name)
) | st.builds(McpServer, word, st.just(()), st.just("https://example.org/mcp"), listed(name))
text_or_nothing = st.just("") | prose
budgets = st.builds(
    Budget,
    time_s=st.integers(1, 90_000),
    spend_micro_usd=count,
    attempts=st.integers(0, 9),
    files_inspected=count,
    patch_lines=count,
    deadline_s=count,
    tokens=count,
    calls=count,
    subagents=count,
    depth=count,
    soft_percent=st.integers(1, 99),
)
contracts = st.builds(
    Contract,
    goal=prose,
    scope=st.builds(
        Scope,
        st.lists(pattern, min_size=1, max_size=4).map(tuple),
        listed(pattern),
        listed(pattern),
    ),
    evidence=evidence,
    keep=listed(prose),
    exclude=listed(prose),
    people=st.builds(People, maybe, maybe, maybe),
    commands=st.builds(Commands, listed(command), listed(command), listed(command), st.booleans()),
    tools=st.builds(Tools, listed(word), listed(word)),
    mcp=st.lists(server, max_size=2, unique_by=lambda one: one.name).map(
        lambda servers: tuple(sorted(servers, key=lambda one: one.name))
    ),
    hosts=listed(st.sampled_from(["example.org", "*.example.net", "localhost:80"])),
    budget=budgets,
    stop=st.builds(Stop, listed(word), listed(pattern), listed(word)),
    rollback=st.builds(
        Rollback,
        text_or_nothing,
        text_or_nothing,
        text_or_nothing,
        text_or_nothing,
        st.just("") | word,
        text_or_nothing,
        listed(prose),
    ),
    environment=listed(name),
    acknowledged_by=maybe,
)


@settings(max_examples=60)
@given(contracts)
def test_a_contract_survives_its_file(contract: Contract) -> None:
    again = parse(dump(contract, ("a note", "and another")), "dumped")
    assert again == contract
    assert freeze(again) == freeze(contract)


@settings(max_examples=40)
@given(contracts, contracts)
def test_only_equal_contracts_share_a_digest(one: Contract, other: Contract) -> None:
    assert (freeze(one)[1] == freeze(other)[1]) == (one == other)
