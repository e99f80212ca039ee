"""A cursor over shell text: blanks, operators, keywords, words, here-documents.

What stands at the cursor is looked at and then taken; it never goes back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from remit.policy.shell.syntax import Document, Literal, Script, Unreadable, Word
from remit.policy.shell.words import Spent, WordReader

_SKIPPED = re.compile(r"(?:[ \t]+|\\\n|#[^\n]*)+")
_LINES = re.compile(r"(?:[ \t]*\n)+")
_NEXT = re.compile(
    r"(?:[ \t]+|\\\n|#[^\n]*)*"
    r"(&>>|&>|&&|\|\||\|&|;;&|;;|;&|<<<|<<-|<<|>>|>\||>&|<&|<>|[;&|()<>\n])?"
)
"""Blanks and comments, then an operator or none; it matches everywhere."""
_KEYWORD = re.compile(r"[^\s;&|()<>\"'\\$`]+(?=[\s;&|()<>]|\Z)")


@dataclass(slots=True)
class Waiting:
    """A here-document whose text stands after the line."""

    delimiter: str
    quoted: bool
    tabs: bool
    document: Document


class Cursor:
    """Subclasses read scripts: :meth:`closed_script` up to a parenthesis, :meth:`again` from a
    text of its own."""

    __slots__ = ("key", "key_at", "seen", "seen_at", "spent", "text", "waiting", "words")

    def __init__(self, text: str, depth: int, spent: Spent) -> None:
        self.text = text
        self.spent = spent
        self.words = WordReader(text, self.closed_script, self.again, spent, depth)
        self.waiting: list[Waiting] = []
        self.seen, self.seen_at = "", -1
        self.key, self.key_at = "", -1

    def closed_script(self) -> Script:
        raise NotImplementedError

    def again(self, text: str, depth: int) -> Script:
        raise NotImplementedError

    def skip(self) -> None:
        found = _SKIPPED.match(self.text, self.words.pos)
        if found:
            self.words.pos = found.end()

    def operator(self) -> str:
        """The operator at the cursor, not taken; ``""`` where a word or the end stands."""
        words = self.words
        if words.pos == self.seen_at:
            return self.seen
        found = _NEXT.match(self.text, words.pos)
        if found:
            self.seen = found[1] or ""
            words.pos = found.end() - len(self.seen)
        if self.seen in ("<", ">") and self.text.startswith("(", words.pos + 1):
            self.seen = ""
        self.seen_at = words.pos
        return self.seen

    def accept(self, operator: str) -> bool:
        if self.operator() != operator:
            return False
        self.words.pos += len(operator)
        if operator == "\n":
            self.documents()
        return True

    def take(self, operator: str) -> None:
        if not self.accept(operator):
            raise Unreadable(f"no {operator!r} where one is needed")

    def newlines(self) -> None:
        while self.accept("\n"):
            if not self.waiting and (found := _LINES.match(self.text, self.words.pos)):
                self.words.pos = found.end()

    def keyword(self) -> str:
        """The plain word at the cursor, not taken; ``""`` where none stands."""
        if self.operator():
            return ""
        at = self.words.pos
        if at == self.key_at:
            return self.key
        found = _KEYWORD.match(self.text, at)
        self.key, self.key_at = (found[0] if found else ""), at
        return self.key

    def expect(self, keyword: str) -> None:
        self.newlines()
        if self.keyword() != keyword:
            raise Unreadable(f"no {keyword!r} where one is needed")
        self.words.pos += len(keyword)

    def word(self) -> Word:
        self.skip()
        word = self.words.word()
        if not word.parts:
            raise Unreadable("no word where one is needed")
        return word

    def documents(self) -> None:
        """Read the here-documents announced on the line that just ended."""
        waiting, self.waiting = self.waiting, []
        for announced in waiting:
            body = self.document(announced)
            if announced.quoted:
                announced.document.text = Word((Literal(body, True),))
            else:
                inner = type(self)(body, self.words.depth, self.spent)
                announced.document.text = inner.words.body()

    def document(self, document: Waiting) -> str:
        lines: list[str] = []
        while self.words.pos < len(self.text):
            end = self.text.find("\n", self.words.pos)
            end = len(self.text) if end < 0 else end
            line = self.text[self.words.pos : end]
            self.words.pos = min(end + 1, len(self.text))
            line = line.lstrip("\t") if document.tabs else line
            if line == document.delimiter:
                return "\n".join(lines) + "\n" if lines else ""
            lines.append(line)
        raise Unreadable("a here-document without its end")
