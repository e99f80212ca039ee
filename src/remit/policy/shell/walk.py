"""Walk a parsed script and gather what every command of it would do."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from remit.model.request import Effect, EffectKind
from remit.policy.shell import constructs
from remit.policy.shell.args import Arg, expand, line_of, single
from remit.policy.shell.dynamic import Family, dynamic
from remit.policy.shell.feed import Feed, Printed
from remit.policy.shell.invocation import Invocation
from remit.policy.shell.parse import parse
from remit.policy.shell.programs import handler_of
from remit.policy.shell.scope import Scope, merged
from remit.policy.shell.syntax import (
    Arithmetic,
    Assignment,
    Chain,
    Command,
    Compound,
    For,
    Function,
    Literal,
    Part,
    Pipeline,
    Process,
    Redirect,
    Script,
    Simple,
    Substitution,
    TooBig,
    Variable,
    Word,
)

MOST_STEPS = 1500
MOST_EFFECTS = 1000
MOST_NESTED = 8
MOST_CODE = 8_000
MOST_ROUNDS = 12
_DESCRIPTOR = re.compile(r"\d*-?")
ENVIRON = "/proc/self/environ"
HOME = Arg("~")
TEMPORARY = Arg("/tmp")  # noqa: S108 - a name that is read, no file that is made
"""``$TMPDIR``: every run is started with one, a folder of its own for temporary files."""


class Walk:
    """Gathers the effects of one call. ``cwd`` is where it begins, absolute."""

    def __init__(self, cwd: str) -> None:
        self.cwd = cwd
        self.steps = 0
        self.nested = 0
        self.code = 0
        self.found: dict[Effect, None] = {}

    def begin(self) -> Scope:
        return Scope({"HOME": HOME, "PWD": Arg(self.cwd), "TMPDIR": TEMPORARY})

    def _add(self, effect: Effect) -> None:
        self.found[effect] = None
        if len(self.found) > MOST_EFFECTS:
            raise TooBig("many")

    def _take(self, effects: Iterator[Effect]) -> None:
        for effect in effects:
            self._add(effect)

    # what invocations ask for

    def text(self, text: str, scope: Scope) -> None:
        """The effects of ``text`` read as a script."""
        self.nested += 1
        if self.nested > MOST_NESTED:
            raise TooBig("deep")
        constructs.agreed(text, scope.shell)
        self.script(parse(text), scope)
        self.nested -= 1

    def affords(self, code: str) -> bool:
        """Whether there is time left to read ``code`` of another language."""
        self.code += len(code)
        return self.code <= MOST_CODE

    def command(self, args: tuple[Arg, ...], around: Invocation) -> None:
        """The effects of ``args`` run by a wrapper."""
        self._program(args, around.scope, around.feed, around.outputs, line_of(args))
        around.outputs.text = None  # it may be stopped, or started more than once

    # lists

    def script(self, script: Script, scope: Scope) -> None:
        for chain in script.chains:
            self._chain(chain, scope.copy() if chain.background else scope)

    def _chain(self, chain: Chain, scope: Scope) -> None:
        outer, scope.seen = scope.changed, scope.places
        known = scope.places
        sure: set[str] = set()
        open_: set[str] = set()
        succeeded = scope.places
        for at, pipeline in enumerate(chain.pipelines):
            succeeded = scope.places
            if at and chain.operators[at - 1] == "||":
                scope.places = scope.seen
                open_ |= sure
                scope.forget(open_)
            if scope.places != known:
                known = self._remember(scope)
            scope.changed = set()
            if at:
                self._maybe(pipeline, scope)
                open_ |= scope.changed
            else:
                self._pipeline(pipeline, scope)
                sure = scope.changed
        if constructs.leaves(chain):
            scope.places = succeeded
        else:
            scope.places = scope.seen
        if open_:
            scope.forget(open_)
        scope.changed = outer | sure | open_
        if scope.places != known:
            self._remember(scope)

    def _maybe(self, pipeline: Pipeline, scope: Scope) -> None:
        """A pipeline that may not run: what it defines may not exist afterwards."""
        known, doubtful = dict(scope.functions), set(scope.doubtful)
        self._pipeline(pipeline, scope)
        defined = {name: body for name, body in scope.functions.items() if known.get(name) != body}
        scope.functions = known
        scope.learn(defined, doubtful)

    def _remember(self, scope: Scope) -> tuple[str | None, ...]:
        """Keep ``$PWD`` in step with the working directory, which is returned."""
        place = scope.places[0] if len(scope.places) == 1 else None
        if place is None or place.startswith("~"):
            scope.variables["PWD"] = Arg("$PWD", False)
        else:
            scope.variables["PWD"] = Arg(posixpath.normpath(posixpath.join(self.cwd, place)))
        return scope.places

    def _pipeline(self, pipeline: Pipeline, scope: Scope) -> Printed:
        """What its last command prints."""
        printed = Printed()
        if len(pipeline.commands) == 1:
            self._command(pipeline.commands[0], scope, scope.feed, printed)
            return printed
        feed = scope.feed
        for command in pipeline.commands:
            printed = Printed()
            self._command(command, scope.copy(), feed, printed)
            text = None if printed.text is None else Arg(printed.text)
            feed = Feed(text, True, tuple(printed))
        return printed

    # commands

    def _command(self, command: Command, scope: Scope, feed: Feed, printed: Printed) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooBig("many")
        match command:
            case Simple():
                self._simple(command, scope, feed, printed)
            case Compound() | For():
                self._redirects(command.redirects, scope)
                outer = scope.feed
                scope.feed = constructs.fed(command.redirects, scope.variables, feed)
                if isinstance(command, For):
                    self._for(command, scope)
                else:
                    self._compound(command, scope)
                scope.feed = outer
            case Function(name=name, body=body):
                scope.functions[name] = (body,)
                scope.doubtful.discard(name)
                self._add(Effect(EffectKind.RUN, f"{name}()", f"{name}()"))

    def _body(self, body: Command, args: tuple[Arg, ...], scope: Scope) -> None:
        """A function called with ``args``; it is read where it is called, not where it stands."""
        inner = scope.copy()
        inner.forget({*"123456789@*"})
        for place, arg in enumerate(args[:9], 1):
            inner.assign(str(place), arg)
        self.nested += 1
        if self.nested > MOST_NESTED:
            raise TooBig("deep")
        self._command(body, inner, Feed(None, True), Printed())
        self.nested -= 1
        scope.forget(inner.changed - {*"123456789@*"})
        scope.learn(inner.functions, inner.doubtful)
        scope.places = scope.seen = merged(scope.places, inner.places)

    def _simple(self, command: Simple, scope: Scope, feed: Feed, printed: Printed) -> None:
        self._words(command.words, scope)
        given = [
            (assignment.name, f"{assignment.name}={self._assigned(assignment, scope).spelled}")
            for assignment in command.assignments
        ]
        prefix = "".join(f"{text} " for _, text in given)
        if command.redirects:
            self._redirects(command.redirects, scope)
            feed = constructs.fed(command.redirects, scope.variables, feed)
        if not command.words:
            self._assignments(command.assignments, scope)
            return
        args = tuple(
            arg for word in command.words for arg in expand(word, scope.variables, scope.printed)
        )
        if command.redirects and args[0].text == "exec":
            scope.feed = Feed(None, True)
        for name, text in given:
            if name == "IFS" and args[0].text == "read":
                continue
            self._take(constructs.steered(name, text, prefix + line_of(args)))
        self._invoke(args, scope, feed, printed, prefix)
        if command.redirects:
            constructs.redirected(command.redirects, printed)

    def _assigned(self, assignment: Assignment, scope: Scope) -> Arg:
        words = assignment.inner if assignment.value is None else (assignment.value,)
        self._words(words, scope)
        if assignment.value is None or assignment.added:
            return Arg("…", False)
        return single(assignment.value, scope.variables, scope.printed)

    def _assignments(self, assignments: tuple[Assignment, ...], scope: Scope) -> None:
        for assignment in assignments:
            if assignment.value is None or assignment.added:
                value = Arg(f"${assignment.name}", False)
            else:
                value = single(assignment.value, scope.variables, scope.printed)
            line = f"{assignment.name}={value.spelled}"
            self._take(constructs.steered(assignment.name, line, line))
            self._add(Effect(EffectKind.RUN, line, line))
            scope.assign(assignment.name, value)

    def _invoke(
        self,
        args: tuple[Arg, ...],
        scope: Scope,
        feed: Feed,
        printed: Printed,
        prefix: str = "",
    ) -> None:
        line = prefix + line_of(args)
        name = args[0].text
        bodies = scope.functions.get(name, ()) if args[0].sure else ()
        if not bodies:
            self._program(args, scope, feed, printed, line)
            return
        self._add(Effect(EffectKind.RUN, line, line))
        for body in bodies:
            self._body(body, args[1:], scope)
        if name in scope.doubtful:
            self._program(args, scope, feed, Printed(), line)

    def _program(
        self, args: tuple[Arg, ...], scope: Scope, feed: Feed, printed: Printed, line: str
    ) -> None:
        """The effects of a program proper; a wrapper never runs a function."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooBig("many")
        program = args[0]
        if not program.sure or program.wild:
            self._add(dynamic(Family.COMMAND, program.text, line))
            return
        invocation = Invocation(program.text, args[1:], line, scope, self, feed, printed)
        self._take(handler_of(program.text)(invocation))

    # compound commands

    def _compound(self, command: Compound, scope: Scope) -> None:
        if command.kind == "test":
            self._take(constructs.evaluated(command.words, scope))
        self._words(command.words, scope)
        if command.kind in ("arithmetic", "test") and not command.scripts:
            shown = "[[ … ]]" if command.kind == "test" else "((…))"
            self._add(Effect(EffectKind.RUN, shown, shown))
        match command.kind:
            case "group":
                self.script(command.scripts[0], scope)
            case "subshell":
                self.script(command.scripts[0], scope.copy())
            case "while":
                self._while(command.scripts, scope)
            case "if" | "case":
                self._branches(command.scripts, scope)

    def _branches(self, scripts: tuple[Script, ...], scope: Scope) -> None:
        """Bodies of which any may run: what they change is open afterwards."""
        places, changed = scope.places, set[str]()
        for script in scripts:
            inner = scope.copy()
            inner.forget(changed)
            inner.places = places
            self.script(script, inner)
            places = merged(places, inner.places)
            changed |= inner.changed
            scope.learn(inner.functions, inner.doubtful)
        scope.forget(changed)
        scope.places = scope.seen = places

    def _while(self, scripts: tuple[Script, ...], scope: Scope) -> None:
        """Twice, so that the second round sees what the first may have changed. The body follows
        the condition, and so knows what it read."""
        for _ in range(2):
            inner = scope.copy()
            for script in scripts:
                self.script(script, inner)
                scope.places = merged(scope.places, inner.places)
            scope.learn(inner.functions, inner.doubtful)
            scope.forget(inner.changed)
            scope.seen = scope.places

    def _for(self, command: For, scope: Scope) -> None:
        words = command.words or ()
        self._words(words, scope)
        values = tuple(
            arg for word in words for arg in expand(word, scope.variables, scope.printed)
        )
        known = command.words is not None and len(values) <= MOST_ROUNDS
        if not known or not all(value.sure for value in values):
            values = (Arg(f"${command.name}", False),)
        self._add(Effect(EffectKind.RUN, f"for {command.name}", f"for {command.name}"))
        self._take(constructs.steered(command.name, "", f"for {command.name}"))
        for value in values:
            scope.assign(command.name, value)
            outer = scope.copy()
            self._branches((command.body,), scope)
            if scope.places != outer.places:
                self._branches((command.body,), scope)
        scope.forget({command.name})

    # words and redirects

    def _words(self, words: tuple[Word, ...], scope: Scope) -> None:
        for word in words:
            for part in word.parts:
                if type(part) is not Literal:
                    self._part(part, scope)

    def _part(self, part: Part, scope: Scope) -> None:
        match part:
            case Substitution(script=script):
                scope.printed[id(part)] = self._printed(script, scope.copy())
            case Process(script=script):
                self.script(script, scope.copy())
            case Variable(name=name, operator=operator, argument=argument):
                if name not in scope.variables and constructs.is_secret_name(name):
                    self._add(Effect(EffectKind.READ, ENVIRON, f"${name}"))
                if argument is not None:
                    self._words((argument,), scope)
                if operator in (":=", "="):
                    self._take(constructs.steered(name, "", f"${{{name}{operator}…}}"))
                    scope.forget({name})
            case Arithmetic(names=names, inner=inner):
                self._take(constructs.computed(names, scope))
                self._words((Word(inner),), scope)
                scope.forget({name for name in names if name in scope.variables})

    def _printed(self, script: Script, scope: Scope) -> Printed:
        """Run ``script`` for what it prints; empty where that is not known."""
        chain = script.chains[0] if len(script.chains) == 1 else None
        if chain is None or len(chain.pipelines) > 1 or chain.background:
            self.script(script, scope)
            return Printed()
        return self._pipeline(chain.pipelines[0], scope)

    def _redirects(self, redirects: tuple[Redirect, ...], scope: Scope) -> None:
        for redirect in redirects:
            if redirect.document is not None:
                self._words((redirect.document.text,), scope)
                continue
            self._words((redirect.target,), scope)
            if redirect.operator != "<<<":
                self._redirect(redirect, scope)

    def _redirect(self, redirect: Redirect, scope: Scope) -> None:
        target = single(redirect.target, scope.variables, scope.printed)
        operator = redirect.operator
        if operator in (">&", "<&") and target.sure and _DESCRIPTOR.fullmatch(target.text):
            return
        line = f"{operator} {target.spelled}"
        if target.sure and target.text.startswith(("/dev/tcp/", "/dev/udp/")):
            self._add(Effect(EffectKind.CONNECT, target.text.split("/")[3].lower() or "*", line))
            return
        place = Invocation("", (), line, scope, self)
        if "<" in operator:
            self._take(place.reads(target))
        if ">" in operator:
            self._take(place.writes(target))
