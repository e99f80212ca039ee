"""The escapes whose sinks are pages: HTML and Markdown.

Apart from ``escape``, because commands that only speak to a terminal start without them.
"""

from __future__ import annotations

import re
from html import escape as _html_escape

from markupsafe import Markup

from remit.adapters.render.escape import block_of, line_of
from remit.model.untrusted import Untrusted


def html(text: Untrusted | str) -> Markup:
    """One line for an HTML text node or a quoted attribute. Markup of ours passes unchanged."""
    if isinstance(text, Markup):
        return text
    return Markup(_html_escape(line_of(text)))  # noqa: S704 - escaped here


def html_block(text: Untrusted | str) -> Markup:
    """Several lines for an HTML ``pre``: line ends and tabs stay."""
    return Markup(_html_escape(block_of(text)))  # noqa: S704 - escaped here


_CLOSING = r"\b(?:clos|fix|resolv|implement)(?:e|es|ed|ing|s)?:?\s+(?:issues?\s+)?\S*(?:[#/]|-\d)"
_REACHES_OUT = re.compile(rf"[@#!&$%]\w|{_CLOSING}", re.IGNORECASE)
"""What some forges act upon even in code: mentions, references, closing words."""
_QUICK_ACTION = re.compile(r"^\s*/\w", re.MULTILINE)

_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def _entities(text: str) -> str:
    """Every ASCII punctuation mark as a hexadecimal entity: nothing is left to interpret."""
    return _PUNCTUATION.sub(lambda mark: f"&#x{ord(mark[0]):X};", text)


def markdown_inline(text: Untrusted | str) -> Markup:
    """One line as inline code, fit for a table cell; empty text gives nothing.

    A code span where that is enough; ``<code>`` with every mark as an entity where the text
    holds what a span cannot (backticks, pipes) or what forges act upon even in code.
    """
    shown = line_of(text)
    if not shown.strip():
        return Markup("")
    if re.search(r"[`|\\]", shown) or shown != shown.strip() or _REACHES_OUT.search(shown):
        return Markup(f"<code>{_entities(shown)}</code>")  # noqa: S704 - entities only
    return Markup(f"`{shown}`")  # noqa: S704 - a code span without backticks inside


_QUIET = re.compile(r"[A-Za-z](?:[\w ,;()'’“”\"%+=→…–—/-]|[.:](?!\w)|\.(?=\d))*", re.ASCII)
_LOUD = re.compile(r"_|www|GH-|[A-Z]{2,}-\d|//", re.IGNORECASE)


def markdown_prose(text: Untrusted | str) -> Markup:
    """One line of plain words as they are; anything Markdown could act upon as inline code."""
    shown = line_of(text).strip()
    if _QUIET.fullmatch(shown) and not _LOUD.search(shown) and not _REACHES_OUT.search(shown):
        return Markup(shown)  # noqa: S704 - words and quiet marks only
    return markdown_inline(text)


def markdown_block(text: Untrusted | str) -> Markup:
    """Several lines as a code block at the left margin, ended by a line feed."""
    shown = block_of(text).strip("\n")
    if _REACHES_OUT.search(shown) or _QUICK_ACTION.search(shown):
        return Markup(f"<pre><code>{_entities(shown)}</code></pre>\n")  # noqa: S704 - as above
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markup(f"{fence}text\n{shown}\n{fence}\n")  # noqa: S704 - a fence longer than any inside
