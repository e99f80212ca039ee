"""Asks the person at the supervisor's own terminal: one screen, one key, a reason in a line.

Never waits itself: keys come through the event loop. While a question stands, what the agent
prints is held back, so that it can add nothing to it; what was typed before it stood is dropped.
"""

from __future__ import annotations

import asyncio
import os
import sys
import termios
import tty
from collections.abc import Callable
from contextlib import suppress

import click

from remit.adapters.render.escape import terminal
from remit.adapters.render.requests import touch_lines
from remit.errors import RemitError
from remit.interfaces.supervisor.relay import TERMINAL
from remit.model.grant import END_OF_TASK, Granter, GrantRequest
from remit.services.approvals import Approvals, Wish
from remit.services.requests import request_json

MOST_SHOWN = 1500
"""Characters of a subject that one screen shows; more is granted from another terminal."""
_LOOK_S = 0.3
_TYPED_AHEAD_S = 0.4
"""A key that comes sooner after the question was typed for something else, or by nobody."""
_MOST_LINE = 4096


def has_terminal() -> bool:
    """Whether somebody may sit at our own terminal, with us in its foreground."""
    try:
        ours = os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False
    return ours and sys.stdin.isatty() and sys.stderr.isatty()


class Keys:
    """The questions of one run at one terminal, one at a time."""

    def __init__(self, approvals: Approvals, granter: Granter) -> None:
        self._approvals = approvals
        self._granter = granter
        self._loop = asyncio.get_running_loop()
        self._saved = termios.tcgetattr(0)
        self._asked: GrantRequest | None = None
        self._since = 0.0
        self._later: set[str] = set()
        self._answer: Callable[[str], None] | None = None
        self._timer = self._loop.call_soon(self._look)

    @property
    def is_done(self) -> bool:
        """Whether every question was answered or put off."""
        return self._asked is None and self._later.issuperset(self._approvals.permits.waiting)

    def stop(self) -> None:
        self._timer.cancel()
        self._hide()

    def _look(self) -> None:
        """Take a question down that was answered elsewhere or lapsed, and put the next one."""
        waiting = self._approvals.permits.waiting
        if self._asked is not None and self._asked.id not in waiting:
            self._say(f"{self._asked.id} is answered")
            self._hide()
        if self._asked is None:
            asked = next((x for x in waiting.values() if x.id not in self._later), None)
            if asked is not None and TERMINAL.acquire(blocking=False):
                self._show(asked)
        self._timer = self._loop.call_later(_LOOK_S, self._look)

    def _show(self, asked: GrantRequest) -> None:
        self._asked = asked
        subject = terminal(asked.item.subject)
        if len(subject) > MOST_SHOWN:
            self._say(f"{asked.id} is too long for this screen: remit requests")
            self._put_off(asked)
            return
        self._say(f"{asked.id} asks for: {asked.item.kind.value} {subject}")
        self._say(f"  why it is held: {terminal(asked.why)} [{asked.rule}]")
        for line in touch_lines(request_json(asked, asked.opened_us, self._smallest(asked))):
            self._say(f"  {line}")
        self._say("  g grant until the end of the task · r refuse · l later")
        self._since = self._loop.time()
        termios.tcflush(0, termios.TCIFLUSH)
        tty.setcbreak(0, termios.TCSANOW)
        self._loop.add_reader(0, self._key)

    def _hide(self) -> None:
        if self._asked is None:
            return
        self._loop.remove_reader(0)
        with suppress(termios.error):  # the terminal is gone
            termios.tcsetattr(0, termios.TCSANOW, self._saved)
        self._asked, self._answer = None, None
        TERMINAL.release()

    def _key(self) -> None:
        asked = self._asked
        text = _read()
        if asked is None or not text:
            self._hide()
        elif self._answer is not None:
            self._answer(text.strip())
        elif self._loop.time() - self._since >= _TYPED_AHEAD_S:
            self._chosen(text[0].lower(), asked)

    def _chosen(self, key: str, asked: GrantRequest) -> None:
        match key:
            case "g":
                self._line("why is it granted? ", self._grant)
            case "r":
                self._line("why is it refused? The agent reads it: ", self._refuse)
            case "l":
                self._put_off(asked)

    def _line(self, question: str, answer: Callable[[str], None]) -> None:
        """Let the terminal gather a line, shown as it is typed; it comes whole."""
        self._answer = answer
        termios.tcsetattr(0, termios.TCSANOW, self._saved)
        click.echo(f"  {question}", err=True, nl=False)

    def _grant(self, reason: str) -> None:
        renews = self._approvals.renewed_by(self._asked) if self._asked else ""
        if renews:
            question = f"the same was granted before ({renews}); which call speaks for it? "
            self._line(question, lambda shown: self._grant_now(reason, shown))
        else:
            self._grant_now(reason, "")

    def _grant_now(self, reason: str, shown: str) -> None:
        wish = Wish(reason, END_OF_TASK, shown=shown)
        self._give(lambda request: self._approvals.grant(request, wish, self._granter))

    def _refuse(self, reason: str) -> None:
        said = reason or "a person said no"
        self._give(lambda request: self._approvals.refuse(request, said, self._granter))

    def _give(self, answer: Callable[[str], object]) -> None:
        asked = self._asked
        assert asked is not None
        try:
            answer(asked.id)
        except RemitError as error:
            self._say(f"not done: {error.message}")
            self._put_off(asked)
            return
        self._hide()

    def _put_off(self, asked: GrantRequest) -> None:
        self._later.add(asked.id)
        self._say(f"  answer it later with: {self._smallest(asked)}, or remit refuse {asked.id}")
        self._hide()

    def _smallest(self, asked: GrantRequest) -> str:
        """Empty of what a renewal needs where it was answered meanwhile."""
        open_still = asked.id in self._approvals.permits.waiting
        return self._approvals.smallest(asked.id) if open_still else f"remit grant {asked.id}"

    def _say(self, line: str) -> None:
        click.echo(f"remit {line}", err=True)


def _read() -> str:
    try:
        return os.read(0, _MOST_LINE).decode("utf-8", "replace")
    except OSError:
        return ""
