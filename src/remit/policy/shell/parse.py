"""Read a shell script into :mod:`syntax`. Strict: what is not understood is not guessed.

A recursive descent over one cursor that never goes back, so time is linear in the text. A
general-purpose grammar with error recovery is not used here: on 16 KiB of hostile text it took
seconds (ADR on shell reading), and its recovered trees are guesses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from remit.policy.shell.syntax import (
    Assignment,
    Chain,
    Command,
    Compound,
    Document,
    For,
    Function,
    Literal,
    Pipeline,
    Redirect,
    Script,
    Simple,
    TooBig,
    Unreadable,
    Word,
)
from remit.policy.shell.words import Spent, WordReader
from remit.policy.wordlist import words

MOST_TEXT = 65_536
MOST_COMMANDS = 200
_LINES = re.compile(r"(?:[ \t]*\n)+")
_SKIPPED = re.compile(r"(?:[ \t]+|\\\n|#[^\n]*)+")
_OPERATOR = re.compile(r"&>>|&>|&&|\|\||\|&|;;&|;;|;&|<<<|<<-|<<|>>|>\||>&|<&|<>|[;&|()<>\n]")
_REDIRECTS = words("&>> &> <<< <<- << >> >| >& <& <> < >")
_DESCRIPTOR = re.compile(r"(\d+)(?=[<>])")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(\[\d+\])?(\+?)=")
_ELEMENT = re.compile(r"[A-Za-z_]\w*\[")
"""Bash reads a subscript over blanks and operators."""
_FUNCTION_NAME = re.compile(r"[\w.:+@-]+")
_ENDS = words("then else elif fi do done esac }")
_KEYWORD = re.compile(r"[^\s;&|()<>\"'\\$`]+(?=[\s;&|()<>]|\Z)")
_OPENS = words("if while until for case function { [[ ! time select coproc")


@dataclass(slots=True)
class _Waiting:
    """A here-document whose text stands after the line."""

    delimiter: str
    quoted: bool
    tabs: bool
    document: Document


def parse(text: str, depth: int = 0) -> Script:
    """The script in ``text``. Raises :class:`Unreadable` and :class:`TooBig`."""
    return _Parser(text, depth, Spent()).whole()


class _Parser:
    __slots__ = ("keyword", "keyword_at", "seen", "seen_at", "spent", "text", "waiting", "words")

    def __init__(self, text: str, depth: int, spent: Spent) -> None:
        self.text = text
        self.spent = spent
        self.words = WordReader(text, self._closed_script, self._again, spent, depth)
        self.waiting: list[_Waiting] = []
        self.seen, self.seen_at = "", -1
        self.keyword, self.keyword_at = "", -1

    def _again(self, text: str, depth: int) -> Script:
        return _Parser(text, depth, self.spent).whole()

    def whole(self) -> Script:
        script = self._script()
        if self.words.pos < len(self.text):
            raise Unreadable(f"an unexpected {self.text[self.words.pos]!r}")
        if self.waiting:
            raise Unreadable("a here-document without its end")
        return script

    def _closed_script(self) -> Script:
        waiting, self.waiting = self.waiting, []
        script = self._script()
        if self.waiting:
            raise Unreadable("a here-document without its end")
        self.waiting = waiting
        self._take(")")
        return script

    # tokens

    def _skip(self) -> None:
        found = _SKIPPED.match(self.text, self.words.pos)
        if found:
            self.words.pos = found.end()

    def _operator(self) -> str:
        """The operator at the cursor, not taken; ``""`` where a word or the end stands."""
        words = self.words
        if words.pos == self.seen_at:
            return self.seen
        self._skip()
        found = _OPERATOR.match(self.text, words.pos)
        self.seen = found[0] if found else ""
        if self.seen in ("<", ">") and self.text.startswith("(", words.pos + 1):
            self.seen = ""
        self.seen_at = words.pos
        return self.seen

    def _accept(self, operator: str) -> bool:
        if self._operator() != operator:
            return False
        self.words.pos += len(operator)
        if operator == "\n":
            self._documents()
        return True

    def _take(self, operator: str) -> None:
        if not self._accept(operator):
            raise Unreadable(f"no {operator!r} where one is needed")

    def _newlines(self) -> None:
        while self._accept("\n"):
            if not self.waiting and (found := _LINES.match(self.text, self.words.pos)):
                self.words.pos = found.end()

    def _keyword(self) -> str:
        """The plain word at the cursor, not taken; ``""`` where none stands."""
        if self._operator():
            return ""
        at = self.words.pos
        if at == self.keyword_at:
            return self.keyword
        found = _KEYWORD.match(self.text, at)
        self.keyword, self.keyword_at = (found[0] if found else ""), at
        return self.keyword

    def _expect(self, keyword: str) -> None:
        self._newlines()
        if self._keyword() != keyword:
            raise Unreadable(f"no {keyword!r} where one is needed")
        self.words.pos += len(keyword)

    # lists

    def _script(self) -> Script:
        chains: list[Chain] = []
        while True:
            self._newlines()
            self._skip()
            ended = self.words.pos >= len(self.text)
            if ended or self._operator() in (")", ";;", ";&", ";;&") or self._keyword() in _ENDS:
                return Script(tuple(chains))
            chain = self._chain()
            background = self._accept("&")
            chains.append(Chain(chain.pipelines, chain.operators, background))
            if not background and not self._accept(";") and not self._accept("\n"):
                self._skip()
                return Script(tuple(chains))

    def _chain(self) -> Chain:
        pipelines, operators = [self._pipeline()], []
        while (operator := self._operator()) in ("&&", "||"):
            self._take(operator)
            self._newlines()
            operators.append(operator)
            pipelines.append(self._pipeline())
        return Chain(tuple(pipelines), tuple(operators))

    def _pipeline(self) -> Pipeline:
        while self._keyword() in ("!", "time"):
            self.words.count()
            if self._keyword() == "time":
                self.words.pos += 4
                if self._keyword() == "-p":
                    self.words.pos += 2
            else:
                self.words.pos += 1
        commands = [self._command()]
        while (operator := self._operator()) in ("|", "|&"):
            self._take(operator)
            self._newlines()
            commands.append(self._command())
        return Pipeline(tuple(commands))

    # commands

    def _command(self) -> Command:
        self.spent.commands += 1
        if self.spent.commands > MOST_COMMANDS:
            raise TooBig("many")
        self.words.deeper()
        command = self._opened()
        self.words.depth -= 1
        return command

    def _opened(self) -> Command:
        if self._operator() == "(":
            return self._parenthesis()
        keyword = self._keyword()
        if keyword in _ENDS or keyword in ("]]", "in"):
            raise Unreadable(f"an unexpected {keyword!r}")
        if keyword in _OPENS:
            return self._compound(keyword)
        return self._simple()

    def _parenthesis(self) -> Compound:
        if self.text.startswith("((", self.words.pos):
            self.words.pos += 2
            inner = Word((self.words.arithmetic(),))
            return Compound("arithmetic", (), (inner,), self._redirects())
        self._take("(")
        return Compound("subshell", (self._closed_script(),), (), self._redirects())

    def _compound(self, keyword: str) -> Command:
        self.words.pos += len(keyword)
        match keyword:
            case "{":
                body = self._filled()
                self._expect("}")
                return Compound("group", (body,), (), self._redirects())
            case "if":
                return self._if()
            case "while" | "until":
                condition = self._filled()
                return Compound("while", (condition, self._do()), (), self._redirects())
            case "for":
                return self._for()
            case "case":
                return self._case()
            case "[[":
                return self._test()
            case "function":
                name = self._name()
                if self._accept("("):
                    self._take(")")
                return self._function(name)
        raise Unreadable(f"the word {keyword!r}")

    def _filled(self) -> Script:
        script = self._script()
        if not script.chains:
            raise Unreadable("an empty body")
        return script

    def _if(self) -> Compound:
        scripts = [self._filled()]
        self._expect("then")
        scripts.append(self._filled())
        while self._keyword() == "elif":
            self.words.pos += 4
            scripts.append(self._filled())
            self._expect("then")
            scripts.append(self._filled())
        if self._keyword() == "else":
            self.words.pos += 4
            scripts.append(self._filled())
        self._expect("fi")
        return Compound("if", tuple(scripts), (), self._redirects())

    def _do(self) -> Script:
        self._expect("do")
        body = self._filled()
        self._expect("done")
        return body

    def _for(self) -> Command:
        if self._operator() == "(" and self.text.startswith("((", self.words.pos):
            raise Unreadable("a loop that counts")
        name = self._name()
        self._newlines()
        words: tuple[Word, ...] | None = None
        if self._keyword() == "in":
            self.words.pos += 2
            words = self._until_line_end()
        else:
            self._accept(";")
        return For(name, words, self._do(), self._redirects())

    def _until_line_end(self) -> tuple[Word, ...]:
        words: list[Word] = []
        while not (operator := self._operator()):
            words.append(self._word())
        if operator not in (";", "\n"):
            raise Unreadable(f"an unexpected {operator!r}")
        self._take(operator)
        return tuple(words)

    def _case(self) -> Compound:
        words, scripts = [self._word()], []
        self._expect("in")
        self._newlines()
        while self._keyword() != "esac":
            self._accept("(")
            words.append(self._word())
            while self._accept("|"):
                words.append(self._word())
            self._take(")")
            scripts.append(self._script())
            if self._operator() in (";;", ";&", ";;&"):
                self._take(self._operator())
            self._newlines()
        self._expect("esac")
        return Compound("case", tuple(scripts), tuple(words), self._redirects())

    def _test(self) -> Compound:
        """``[[ … ]]``: nothing in it is a redirect or a command but its substitutions."""
        words: list[Word] = []
        while True:
            self._skip()
            operator = self._operator()
            if operator in ("&&", "||", "(", ")", "<", ">", "\n", "|"):
                self.words.pos += len(operator)
            elif operator:
                raise Unreadable(f"an unexpected {operator!r}")
            elif self._keyword() == "]]":
                self.words.pos += 2
                return Compound("test", (), tuple(words), self._redirects())
            else:
                words.append(self._word())

    def _name(self) -> str:
        word = self._word().plain
        if word is None or not _FUNCTION_NAME.fullmatch(word):
            raise Unreadable("a name")
        return word

    def _function(self, name: str) -> Function:
        self._newlines()
        body = self._command()
        if isinstance(body, Simple | Function):
            raise Unreadable("a function without a body")
        return Function(name, body)

    def _word(self) -> Word:
        self._skip()
        word = self.words.word()
        if not word.parts:
            raise Unreadable("no word where one is needed")
        return word

    def _simple(self) -> Command:
        assignments: list[Assignment] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        while True:
            operator = self._operator()
            if operator == "(" and len(words) == 1 and not assignments and not redirects:
                return self._declared(words[0])
            if operator and operator not in _REDIRECTS:
                break
            at = self.words.pos
            if operator or (self.text[at : at + 1].isdigit() and self._numbered()):
                self._redirect(redirects)
            elif at >= len(self.text):
                break
            elif not words and (found := _ASSIGNMENT.match(self.text, self.words.pos)):
                assignments.append(self._assignment(found))
            else:
                words.append(self._argument(words))
        if not (assignments or words or redirects):
            raise Unreadable("a missing command")
        return Simple(tuple(assignments), tuple(words), tuple(redirects))

    def _argument(self, words: list[Word]) -> Word:
        """A word; after ``declare`` and its likes an array is refused rather than misread."""
        if not words and _ELEMENT.match(self.text, self.words.pos):
            raise Unreadable("an element of an array")
        word = self.words.word()
        if not word.parts:
            raise Unreadable("no word where one is needed")
        if words and self.text.startswith("(", self.words.pos):
            raise Unreadable("a parenthesis inside a word")
        return word

    def _declared(self, word: Word) -> Function:
        name = word.plain
        if name is None or not _FUNCTION_NAME.fullmatch(name):
            raise Unreadable("an unexpected '('")
        self._take("(")
        self._take(")")
        return self._function(name)

    def _assignment(self, found: re.Match[str]) -> Assignment:
        self.words.pos = found.end()
        if self.text.startswith("(", self.words.pos):
            self.words.pos += 1
            return Assignment(found[1], None, self._array(), bool(found[3]))
        value = self.words.word()
        if found[2]:
            return Assignment(found[1], None, (value,), bool(found[3]))
        return Assignment(found[1], value, (), bool(found[3]))

    def _array(self) -> tuple[Word, ...]:
        words: list[Word] = []
        while not self._accept(")"):
            if not self._accept("\n"):
                if self.text.startswith("[", self.words.pos):
                    raise Unreadable("an element of an array")
                words.append(self._word())
        return tuple(words)

    # redirects

    def _numbered(self) -> bool:
        return _DESCRIPTOR.match(self.text, self.words.pos) is not None

    def _redirects(self) -> tuple[Redirect, ...]:
        found: list[Redirect] = []
        while self._operator() in _REDIRECTS or self._numbered():
            self._redirect(found)
        return tuple(found)

    def _redirect(self, redirects: list[Redirect]) -> None:
        number = _DESCRIPTOR.match(self.text, self.words.pos)
        descriptor = number[1] if number else ""
        self.words.pos += len(descriptor)
        operator = self._operator()
        if operator not in _REDIRECTS:
            raise Unreadable("a redirect")
        self.words.pos += len(operator)
        self._skip()
        if self._numbered():
            raise Unreadable("a redirect")
        target = self._word()
        if operator in ("<<", "<<-"):
            self._announce(target, operator == "<<-", redirects, descriptor)
            return
        redirects.append(Redirect(operator, target, descriptor))

    def _announce(
        self, target: Word, tabs: bool, redirects: list[Redirect], descriptor: str
    ) -> None:
        literals = [part for part in target.parts if isinstance(part, Literal)]
        if len(literals) != len(target.parts):
            raise Unreadable("a here-document with a computed end")
        delimiter = "".join(part.text for part in literals)
        quoted = any(part.quoted for part in literals)
        document = Document(Word(()))
        redirects.append(Redirect("<<", target, descriptor, document))
        self.waiting.append(_Waiting(delimiter, quoted, tabs, document))

    def _documents(self) -> None:
        """Read the here-documents announced on the line that just ended."""
        waiting, self.waiting = self.waiting, []
        for announced in waiting:
            body = self._document(announced)
            if announced.quoted:
                announced.document.text = Word((Literal(body, True),))
            else:
                reader = _Parser(body, self.words.depth, self.spent)
                announced.document.text = reader.words.body()

    def _document(self, document: _Waiting) -> str:
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
