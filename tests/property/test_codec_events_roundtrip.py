"""Every event reads back as it was written, whatever text it carries."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remit.codec.canonical import canonical
from remit.codec.events import MAX_WHOLE, decode, encode
from remit.codec.headers import header_bytes, parse_header
from remit.model import events as e
from remit.model.chain import Header
from remit.model.digest import Digest, digest_of
from remit.model.grant import END_OF_TASK, Expiry, ExpiryKind
from remit.model.json import JsonObject

TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=12)
"""Any code points, lone surrogates and NUL among them."""
WHOLE = st.integers(-MAX_WHOLE, MAX_WHOLE)
JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def values_of(hint: object) -> st.SearchStrategy[object]:
    """Values of one field, by its type."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is bool:
        return st.booleans()
    if hint is int:
        return WHOLE
    if hint is str or hint is Digest:
        return TEXT
    if hint == JsonObject or origin is Mapping:
        return st.dictionaries(TEXT, JSON, max_size=3)
    if origin is tuple:
        return st.lists(values_of(arguments[0]), max_size=2).map(tuple)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([st.none() if a is type(None) else values_of(a) for a in arguments])
    if hint is Expiry:
        instants = st.integers(1, 2**53 - 1).map(lambda at: Expiry(ExpiryKind.INSTANT, at))
        return st.one_of(st.just(END_OF_TASK), instants)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return instances(hint)
    if isinstance(hint, type) and hasattr(hint, "__members__"):
        return st.sampled_from(list(hint))  # type: ignore[call-overload,no-any-return]
    raise TypeError(f"no values for {hint}")


_FORWARD = {"Json": object, "Mapping": Mapping, "Sequence": Sequence}


def instances(kind: type) -> st.SearchStrategy[typing.Any]:
    hints = typing.get_type_hints(kind, None, _FORWARD)
    fields = {f.name: values_of(hints[f.name]) for f in dataclasses.fields(kind)}
    return st.builds(kind, **fields)


@pytest.mark.parametrize("kind", e.EVENTS, ids=lambda kind: kind.kind)
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_an_event_reads_back_as_it_was_written(kind: type[e.Event], data: st.DataObject) -> None:
    event = data.draw(instances(kind))
    stored = encode(event)
    assert stored.body.isascii()
    read = decode(stored.kind, stored.schema, stored.body)
    assert read == event
    assert type(read) is kind
    assert encode(read) == stored


def test_kinds_are_distinct_and_fit_a_header() -> None:
    kinds = [event.kind for event in e.EVENTS]
    assert len(set(kinds)) == len(kinds)
    for kind in kinds:
        header = Header("261122-aaaaaaaa", 1, 1, kind, 1, digest_of(b""), 0, digest_of(b"x"))
        assert parse_header(header_bytes(header)) == header


WORD = st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True)
DIGESTS = st.binary(max_size=4).map(digest_of)
COUNT = st.integers(0, MAX_WHOLE)


@given(st.builds(Header, WORD, COUNT, COUNT, WORD, COUNT, DIGESTS, COUNT, DIGESTS))
def test_a_header_has_one_spelling_that_of_rfc_8785(header: Header) -> None:
    data = header_bytes(header)
    assert parse_header(data) == header
    assert data == canonical(dataclasses.asdict(header))


@given(st.binary(max_size=400))
def test_no_other_bytes_are_a_header(data: bytes) -> None:
    with pytest.raises(ValueError, match="no entry header"):
        parse_header(data)
