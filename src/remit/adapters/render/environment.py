"""Template environments in which a forgotten escape is an error, not a hole."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Undefined
from markupsafe import Markup

from remit.adapters.render import escape_markup as escape
from remit.model.untrusted import Untrusted


class Unescaped(TypeError):
    """A template printed a value without the escape of its sink."""


@cache
def html_environment() -> Environment:
    """HTML: every text is escaped as one line; ``block`` is for ``pre``."""
    environment = _environment(_html)
    environment.filters["block"] = escape.html_block
    return environment


@cache
def markdown_environment() -> Environment:
    """Markdown: only what passed through a filter of ours is printed."""
    environment = _environment(_markdown)
    environment.filters["code"] = escape.markdown_inline
    environment.filters["block"] = escape.markdown_block
    environment.filters["prose"] = escape.markdown_prose
    environment.filters["own"] = _own
    return environment


def _environment(finalize: object) -> Environment:
    return Environment(
        loader=PackageLoader("remit.adapters.render"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,  # type: ignore[arg-type]  # jinja2 types it as any callable
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _html(value: object) -> object:
    match value:
        case Markup() | int() | Undefined():
            return value
        case str() | Untrusted():
            return escape.html(value)
    raise Unescaped(f"{type(value).__name__} has no place in a page")


def _markdown(value: object) -> object:
    if isinstance(value, Markup | int | Undefined):
        return value
    raise Unescaped(f"{type(value).__name__} needs one of: code, prose, block, own")


_OWN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:;()-–—+−→…$'%/")


def _own(text: str | Untrusted) -> Markup:
    """Words of ours, which hold nothing Markdown acts upon; anything else is an error."""
    if isinstance(text, Untrusted) or not _OWN.issuperset(text):
        raise Unescaped("these are not words of Remit's own")
    return Markup(text)  # noqa: S704 - letters, digits and quiet marks only
