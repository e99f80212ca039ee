"""Read a shell script into :mod:`syntax`. Strict: what is not understood is not guessed.

A recursive descent over one cursor that never goes back, so time is linear in the text. A
general-purpose grammar with error recovery is not used here: on 16 KiB of hostile text it took
seconds (ADR on shell reading), and its recovered trees are guesses.
"""

from __future__ import annotations

import re

from remit.policy.shell.cursor import Cursor, Waiting
from remit.policy.shell.plain import plain_script
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
from remit.policy.shell.words import Spent
from remit.policy.wordlist import words

MOST_TEXT = 65_536
MOST_COMMANDS = 200
_REDIRECTS = words("&>> &> <<< <<- << >> >| >& <& <> < >")
_DESCRIPTOR = re.compile(r"(\d+)(?=[<>])")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(\[\d+\])?(\+?)=")
_ELEMENT = re.compile(r"[A-Za-z_]\w*\[")
"""Bash reads a subscript over blanks and operators."""
_FUNCTION_NAME = re.compile(r"[\w.:+@-]+")
_ENDS = words("then else elif fi do done esac }")
_OPENS = words("if while until for case function { [[ ! time select coproc")


def parse(text: str, depth: int = 0) -> Script:
    """The script in ``text``. Raises :class:`Unreadable` and :class:`TooBig`."""
    return plain_script(text) or read(text, depth)


def read(text: str, depth: int = 0) -> Script:
    """The script in ``text`` by the whole grammar, which :func:`parse` spares plain lines."""
    return _Parser(text, depth, Spent()).whole()


class _Parser(Cursor):
    """The grammar: what a list, a command, a redirect is made of."""

    __slots__ = ()

    def again(self, text: str, depth: int) -> Script:
        return _Parser(text, depth, self.spent).whole()

    def whole(self) -> Script:
        script = self._script()
        if self.words.pos < len(self.text):
            raise Unreadable(f"an unexpected {self.text[self.words.pos]!r}")
        if self.waiting:
            raise Unreadable("a here-document without its end")
        return script

    def closed_script(self) -> Script:
        waiting, self.waiting = self.waiting, []
        script = self._script()
        if self.waiting:
            raise Unreadable("a here-document without its end")
        self.waiting = waiting
        self.take(")")
        return script

    # lists

    def _script(self) -> Script:
        chains: list[Chain] = []
        while True:
            self.newlines()
            self.skip()
            ended = self.words.pos >= len(self.text)
            if ended or self.operator() in (")", ";;", ";&", ";;&") or self.keyword() in _ENDS:
                return Script(tuple(chains))
            chain = self._chain()
            background = self.accept("&")
            chains.append(Chain(chain.pipelines, chain.operators, background))
            if not background and not self.accept(";") and not self.accept("\n"):
                self.skip()
                return Script(tuple(chains))

    def _chain(self) -> Chain:
        pipelines, operators = [self._pipeline()], []
        while (operator := self.operator()) in ("&&", "||"):
            self.take(operator)
            self.newlines()
            operators.append(operator)
            pipelines.append(self._pipeline())
        return Chain(tuple(pipelines), tuple(operators))

    def _pipeline(self) -> Pipeline:
        while self.keyword() in ("!", "time"):
            self.words.count()
            if self.keyword() == "time":
                self.words.pos += 4
                if self.keyword() == "-p":
                    self.words.pos += 2
            else:
                self.words.pos += 1
        commands = [self._command()]
        while (operator := self.operator()) in ("|", "|&"):
            self.take(operator)
            self.newlines()
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
        if self.operator() == "(":
            return self._parenthesis()
        keyword = self.keyword()
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
        self.take("(")
        return Compound("subshell", (self.closed_script(),), (), self._redirects())

    def _compound(self, keyword: str) -> Command:
        self.words.pos += len(keyword)
        match keyword:
            case "{":
                body = self._filled()
                self.expect("}")
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
                if self.accept("("):
                    self.take(")")
                return self._function(name)
        raise Unreadable(f"the word {keyword!r}")

    def _filled(self) -> Script:
        script = self._script()
        if not script.chains:
            raise Unreadable("an empty body")
        return script

    def _if(self) -> Compound:
        scripts = [self._filled()]
        self.expect("then")
        scripts.append(self._filled())
        while self.keyword() == "elif":
            self.words.pos += 4
            scripts.append(self._filled())
            self.expect("then")
            scripts.append(self._filled())
        if self.keyword() == "else":
            self.words.pos += 4
            scripts.append(self._filled())
        self.expect("fi")
        return Compound("if", tuple(scripts), (), self._redirects())

    def _do(self) -> Script:
        self.expect("do")
        body = self._filled()
        self.expect("done")
        return body

    def _for(self) -> Command:
        if self.operator() == "(" and self.text.startswith("((", self.words.pos):
            raise Unreadable("a loop that counts")
        name = self._name()
        self.newlines()
        words: tuple[Word, ...] | None = None
        if self.keyword() == "in":
            self.words.pos += 2
            words = self._until_line_end()
        else:
            self.accept(";")
        return For(name, words, self._do(), self._redirects())

    def _until_line_end(self) -> tuple[Word, ...]:
        words: list[Word] = []
        while not (operator := self.operator()):
            words.append(self.word())
        if operator not in (";", "\n"):
            raise Unreadable(f"an unexpected {operator!r}")
        self.take(operator)
        return tuple(words)

    def _case(self) -> Compound:
        words, scripts = [self.word()], []
        self.expect("in")
        self.newlines()
        while self.keyword() != "esac":
            self.accept("(")
            words.append(self.word())
            while self.accept("|"):
                words.append(self.word())
            self.take(")")
            scripts.append(self._script())
            if self.operator() in (";;", ";&", ";;&"):
                self.take(self.operator())
            self.newlines()
        self.expect("esac")
        return Compound("case", tuple(scripts), tuple(words), self._redirects())

    def _test(self) -> Compound:
        """``[[ … ]]``: nothing in it is a redirect or a command but its substitutions."""
        words: list[Word] = []
        while True:
            self.skip()
            operator = self.operator()
            if operator in ("&&", "||", "(", ")", "<", ">", "\n", "|"):
                self.words.pos += len(operator)
            elif operator:
                raise Unreadable(f"an unexpected {operator!r}")
            elif self.keyword() == "]]":
                self.words.pos += 2
                return Compound("test", (), tuple(words), self._redirects())
            else:
                words.append(self.word())

    def _name(self) -> str:
        word = self.word().plain
        if word is None or not _FUNCTION_NAME.fullmatch(word):
            raise Unreadable("a name")
        return word

    def _function(self, name: str) -> Function:
        self.newlines()
        body = self._command()
        if isinstance(body, Simple | Function):
            raise Unreadable("a function without a body")
        return Function(name, body)

    def _simple(self) -> Command:
        assignments: list[Assignment] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        while True:
            operator = self.operator()
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
        self.take("(")
        self.take(")")
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
        while not self.accept(")"):
            if not self.accept("\n"):
                if self.text.startswith("[", self.words.pos):
                    raise Unreadable("an element of an array")
                words.append(self.word())
        return tuple(words)

    # redirects

    def _numbered(self) -> bool:
        return _DESCRIPTOR.match(self.text, self.words.pos) is not None

    def _redirects(self) -> tuple[Redirect, ...]:
        found: list[Redirect] = []
        while self.operator() in _REDIRECTS or self._numbered():
            self._redirect(found)
        return tuple(found)

    def _redirect(self, redirects: list[Redirect]) -> None:
        number = _DESCRIPTOR.match(self.text, self.words.pos)
        descriptor = number[1] if number else ""
        self.words.pos += len(descriptor)
        operator = self.operator()
        if operator not in _REDIRECTS:
            raise Unreadable("a redirect")
        self.words.pos += len(operator)
        self.skip()
        if self._numbered():
            raise Unreadable("a redirect")
        target = self.word()
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
        self.waiting.append(Waiting(delimiter, quoted, tabs, document))
