"""Read words of the shell: quotes, expansions, substitutions. One pass, no way back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from remit.policy.shell.ansi import ansi_c
from remit.policy.shell.syntax import (
    Arithmetic,
    Literal,
    Part,
    Process,
    Script,
    Substitution,
    TooBig,
    Unreadable,
    Variable,
    Word,
)

MOST_DEEP = 24
MOST_PIECES = 3000
_PLAIN = re.compile(r"[^\s;&|()<>\"'\\$`\x00-\x1f\x7f]+")
_ALONE = re.compile(r"[^\s;&|()<>\"'\\$`\x00-\x1f\x7f]+(?=[ \n;]|\Z)")
_NAME = re.compile(r"[A-Za-z_]\w*|[0-9]|[@*#?$!-]")
_LONG_NAME = re.compile(r"[A-Za-z_]\w*|\d+|[@*#?$!-]")
_IN_QUOTES = re.compile(r'[^"\\$`]+')
_ANSI = re.compile(r"(?:[^'\\]|\\.)*", re.DOTALL)
_IN_BODY = re.compile(r"[^\\$`]+")
_IN_SUM = re.compile(r"[^\\$`()'\"]+")
_IN_BRACES = re.compile(r"[^\\$`'\"{}]+")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_SUBSCRIPT = re.compile(r"\[(?:\d+|[@*])\]")
_OFFSETS = re.compile(r"[\s\d:-]*")
_OPERATOR = re.compile(r":?[-=+?]|##?|%%?|//?|:|\^\^?|,,?|@")


@dataclass(slots=True)
class Spent:
    """What a text has used of its limits, its inner texts included."""

    commands: int = 0
    pieces: int = 0


class WordReader:
    """A cursor over one text. ``nested`` reads a script up to a closing parenthesis."""

    __slots__ = ("depth", "nested", "pos", "reparse", "spent", "text")

    def __init__(
        self,
        text: str,
        nested: Callable[[], Script],
        reparse: Callable[[str, int], Script],
        spent: Spent,
        depth: int = 0,
    ) -> None:
        self.text = text
        self.pos = 0
        self.nested = nested
        self.reparse = reparse
        self.spent = spent
        self.depth = depth

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MOST_DEEP:
            raise TooBig("deep")

    def count(self) -> None:
        """One more piece read; the limit holds for a text and all texts inside it."""
        self.spent.pieces += 1
        if self.spent.pieces > MOST_PIECES:
            raise TooBig("many")

    def word(self) -> Word:
        """The word at the cursor; empty parts when there is none."""
        text, end = self.text, len(self.text)
        self.count()
        alone = _ALONE.match(text, self.pos)
        if alone:
            self.pos = alone.end()
            return Word((Literal(alone[0], False),))
        parts: list[Part] = []
        while self.pos < end:
            found = _PLAIN.match(text, self.pos)
            if found:
                parts.append(Literal(found[0], False))
                self.pos = found.end()
                continue
            if not self._piece(parts, text[self.pos]):
                break
        return Word(tuple(parts))

    def _piece(self, parts: list[Part], letter: str) -> bool:
        """Read one quoted or expanded piece; False where the word ends."""
        self.count()
        if letter == "'":
            parts.append(Literal(self._until("'"), True))
        elif letter == '"':
            self.pos += 1
            parts.append(Literal("", True))
            self._quoted(parts, _IN_QUOTES, '"')
        elif letter == "\\":
            self._escape(parts)
        elif letter == "$":
            self._dollar(parts, False)
        elif letter == "`":
            parts.append(self._backquotes(False))
        elif letter in "<>" and self.text.startswith("(", self.pos + 1):
            self.pos += 2
            parts.append(Process(self._script()))
        else:
            return self._stop(letter)
        return True

    def _stop(self, letter: str) -> bool:
        if letter not in " \t\n;&|()<>":
            raise Unreadable(f"the character {letter!r}")
        return False

    def _until(self, quote: str) -> str:
        close = self.text.find(quote, self.pos + 1)
        if close < 0:
            raise Unreadable("a quote that is not closed")
        inner = self.text[self.pos + 1 : close]
        self.pos = close + 1
        return inner

    def _escape(self, parts: list[Part]) -> None:
        following = self.text[self.pos + 1 : self.pos + 2]
        self.pos += 2
        if following == "":
            raise Unreadable("a backslash at the end")
        if following != "\n":
            parts.append(Literal(following, True))

    def _script(self) -> Script:
        self.deeper()
        script = self.nested()
        self.depth -= 1
        return script

    def body(self) -> Word:
        """The whole text as in a here-document whose delimiter was not quoted."""
        parts: list[Part] = []
        self._quoted(parts, _IN_BODY, "")
        return Word(tuple(parts))

    def _quoted(self, parts: list[Part], plain: re.Pattern[str], close: str) -> None:
        """Read double-quoted text up to ``close``; to the end of the text where that is empty."""
        text = self.text
        while self.pos < len(text):
            found = plain.match(text, self.pos)
            if found:
                parts.append(Literal(found[0], True))
                self.pos = found.end()
                continue
            letter = text[self.pos]
            if letter == close:
                self.pos += 1
                return
            self._in_quotes(parts, letter, close)
        if close:
            raise Unreadable("a quote that is not closed")

    def _in_quotes(self, parts: list[Part], letter: str, close: str) -> None:
        self.count()
        if letter == "\\":
            following = self.text[self.pos + 1 : self.pos + 2]
            self.pos += 2
            kept = "" if following in ("$", "`", "\\", close) and following else "\\"
            parts.append(Literal("" if following == "\n" else kept + following, True))
        elif letter == "$":
            self._dollar(parts, True)
        elif letter == "`":
            parts.append(self._backquotes(True))
        else:
            parts.append(Literal(letter, True))
            self.pos += 1

    def _dollar(self, parts: list[Part], quoted: bool) -> None:
        text, at = self.text, self.pos
        following = text[at + 1 : at + 2]
        if following == "(":
            parts.append(self._parenthesis(quoted))
        elif following == "{":
            self.pos += 2
            parts.append(self._braces(quoted))
        elif following == "'" and not quoted:
            self.pos += 1
            parts.append(Literal(self._ansi(), True))
        elif following == '"' and not quoted:
            self.pos += 2
            self._quoted(parts, _IN_QUOTES, '"')
        elif following == "[":
            raise Unreadable("the old form $[…]")
        elif text.startswith("\\\n", at + 1):
            raise Unreadable("a line that goes on within a name")
        elif name := _NAME.match(text, at + 1):
            self.pos = name.end()
            if text.startswith("\\\n", self.pos):
                raise Unreadable("a line that goes on within a name")
            parts.append(Variable(name[0], quoted))
        else:
            self.pos += 1
            parts.append(Literal("$", True))

    def _ansi(self) -> str:
        inner = _ANSI.match(self.text, self.pos + 1)
        if not inner or not self.text.startswith("'", inner.end()):
            raise Unreadable("a quote that is not closed")
        self.pos = inner.end() + 1
        return ansi_c(inner[0])

    def _backquotes(self, quoted: bool) -> Substitution:
        inner: list[str] = []
        at = self.pos + 1
        while True:
            letter = self.text[at : at + 1]
            if letter == "":
                raise Unreadable("a backquote that is not closed")
            if letter == "`":
                break
            if letter == "\\" and self.text[at + 1 : at + 2] in ("`", "\\", "$"):
                letter = self.text[at + 1]
                at += 1
            inner.append(letter)
            at += 1
        self.pos = at + 1
        self.deeper()
        script = self.reparse("".join(inner), self.depth)
        self.depth -= 1
        return Substitution(script, quoted)

    def _parenthesis(self, quoted: bool) -> Part:
        if self.text.startswith("((", self.pos + 1):
            self.pos += 3
            return self.arithmetic()
        self.pos += 2
        return Substitution(self._script(), quoted)

    def arithmetic(self) -> Arithmetic:
        """The rest of ``((…))``, the cursor after its opening."""
        parts: list[Part] = []
        names: list[str] = []
        depth = 0
        self.deeper()
        while True:
            found = _IN_SUM.match(self.text, self.pos)
            if found:
                names += _IDENTIFIER.findall(found[0])
                self.pos = found.end()
                continue
            letter = self.text[self.pos : self.pos + 1]
            if letter == "(":
                depth += 1
            elif letter == ")" and depth:
                depth -= 1
            elif letter == ")" and self.text.startswith("))", self.pos):
                self.pos += 2
                break
            elif letter in ("$", "`"):
                self._in_quotes(parts, letter, "")
                continue
            elif letter != '"':
                raise Unreadable("arithmetic")
            self.pos += 1
        self.depth -= 1
        names += [part.name for part in parts if isinstance(part, Variable)]
        return Arithmetic(tuple(names), tuple(parts))

    def _braces(self, quoted: bool) -> Variable:
        """The rest of ``${…}``, the cursor after its opening."""
        text = self.text
        if text.startswith("!", self.pos) and not text.startswith("!}", self.pos):
            raise Unreadable("an indirect expansion")
        counted = text.startswith("#", self.pos) and not text.startswith("#}", self.pos)
        self.pos += counted
        name = _LONG_NAME.match(text, self.pos)
        if not name:
            raise Unreadable("an expansion")
        self.pos = name.end()
        subscript = _SUBSCRIPT.match(text, self.pos)
        self.pos = subscript.end() if subscript else self.pos
        if text.startswith("}", self.pos):
            self.pos += 1
            operator = "#" if counted else "?" if subscript else ""
            return Variable(name[0], quoted, operator)
        operator_found = _OPERATOR.match(text, self.pos)
        if counted or not operator_found:
            raise Unreadable("an expansion")
        self.pos = operator_found.end()
        operator = "?" if subscript or operator_found[0] == "@" else operator_found[0]
        argument = self._argument(quoted)
        if operator_found[0] == ":" and not _OFFSETS.fullmatch(_text_of(argument)):
            raise Unreadable("an expansion that computes")
        return Variable(name[0], quoted, operator, argument)

    def _argument(self, quoted: bool) -> Word:
        parts: list[Part] = []
        self.deeper()
        while not self.text.startswith("}", self.pos):
            found = _IN_BRACES.match(self.text, self.pos)
            if found:
                parts.append(Literal(found[0], quoted))
                self.pos = found.end()
                continue
            letter = self.text[self.pos : self.pos + 1]
            if letter == "" or letter == "{":
                raise Unreadable("an expansion that is not closed")
            if letter == "'" and quoted:
                parts.append(Literal(letter, True))
                self.pos += 1
            else:
                self._piece(parts, letter)
        self.depth -= 1
        self.pos += 1
        return Word(tuple(parts))


def _text_of(word: Word) -> str:
    """The text of a word of literals; what is computed in it shows as a letter."""
    return "".join(part.text if isinstance(part, Literal) else "x" for part in word.parts)
