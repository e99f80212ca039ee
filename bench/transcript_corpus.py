"""Makes a folder of session transcripts, seeded: the same seed gives the same bytes.

Mix, line lengths and oddities follow recorded sessions of Claude Code 1.0, 2.0 and 2.1: one
record for each content block with the usage of the message so far, results in records of the
user, attachments and request shapes of the newer client, subagents in files of their own, a
resumed session that repeats the records of the first one, a last line cut off half-way.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

MODELS = ("claude-sonnet-4-5-20250929", "claude-opus-4-1-20250805", "claude-haiku-4-5-20251001")
OLD = 0.45
"""Share of sessions of the older clients, which write messages and nothing else."""
SUBAGENTS = 0.12
RESUMED = 0.05
LOOPING = 0.06
HALF_WRITTEN = 0.04
START = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
WORDS = re.findall(
    r"\w+",
    "parser field value config token stream buffer index cache widget report order price user "
    "session handler request response error warning test fixture module import return while "
    "branch commit merge review deploy rollback schema table column query result line file path",
)


@dataclass
class Tokens:
    """What the messages of the corpus used, each counted once."""

    input: int = 0
    output: int = 0
    cache_write: int = 0
    cache_read: int = 0

    def add(self, usage: dict[str, int]) -> None:
        self.input += usage["input_tokens"]
        self.output += usage["output_tokens"]
        self.cache_write += usage["cache_creation_input_tokens"]
        self.cache_read += usage["cache_read_input_tokens"]


@dataclass
class Mix:
    """What was written, to be printed beside every number measured on it."""

    files: int = 0
    bytes: int = 0
    lines: int = 0
    records: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    repeated_messages: int = 0
    sessions_with_loops: int = 0
    half_written: int = 0
    tokens: Tokens = field(default_factory=Tokens)

    def shown(self) -> dict[str, object]:
        return {
            "files": self.files,
            "bytes": self.bytes,
            "lines": self.lines,
            "mean_line": self.bytes // max(self.lines, 1),
            "records": dict(self.records.most_common()),
            "messages": self.messages,
            "repeated_messages": self.repeated_messages,
            "sessions_with_loops": self.sessions_with_loops,
            "half_written": self.half_written,
        }


class Corpus:
    """Writes sessions below ``root/projects`` until ``size`` bytes are there."""

    def __init__(self, root: Path, size: int, seed: int) -> None:
        self.projects = root / "projects"
        self.size = size
        self.random = random.Random(seed)
        self.mix = Mix()
        self.texts = [self._text(length) for length in (60, 200, 500, 900, 2000, 6000, 14000)]
        self.last: list[str] = []

    def write(self) -> Mix:
        number = 0
        while self.mix.bytes < self.size:
            project = f"-home-dev-work-project{number % 17}"
            self._session(project, number)
            number += 1
        return self.mix

    def _session(self, project: str, number: int) -> None:
        name = self._uuid()
        session = Session(self, name, project, number)
        lines = session.lines()
        if self.last and self.random.random() < RESUMED:
            copied = self.last[: len(self.last) // 2]
            self.mix.repeated_messages += sum('"requestId"' in line for line in copied)
            lines = copied + lines
        self.last = lines
        folder = self.projects / project
        self._store(folder / f"{name}.jsonl", lines)
        if self.random.random() < SUBAGENTS:
            agent = f"agent-{self._uuid()[:17]}"
            inside = Session(self, name, project, number, agent)
            self._store(folder / name / "subagents" / f"{agent}.jsonl", inside.lines())

    def _store(self, path: Path, lines: list[str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(lines)
        if self.random.random() < HALF_WRITTEN:
            self.mix.half_written += 1
            text += '{"parentUuid":"half","isSidechain":false,"message":{"id":"msg_half","usa'
        body = text.encode()
        path.write_bytes(body)
        self.mix.files += 1
        self.mix.bytes += len(body)
        self.mix.lines += len(lines)

    def _uuid(self) -> str:
        digits = f"{self.random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def _text(self, length: int) -> str:
        words: list[str] = []
        while sum(map(len, words)) < length:
            words.extend(self.random.choices(WORDS, k=9))
            words.append("\n")
        return " ".join(words)


class Session:
    """The records of one session or of one subagent of it."""

    def __init__(
        self, corpus: Corpus, name: str, project: str, number: int, agent: str = ""
    ) -> None:
        self.corpus = corpus
        self.random = corpus.random
        self.old = corpus.random.random() < OLD
        self.now = START + timedelta(hours=number % 1500, minutes=number % 60)
        self.model = corpus.random.choice(MODELS)
        self.agent = agent
        self.out: list[str] = []
        self.head = {
            "parentUuid": corpus._uuid(),
            "isSidechain": bool(agent),
            **({"agentId": agent.removeprefix("agent-")} if agent else {}),
        }
        self.tail = {
            "userType": "external",
            "cwd": f"/home/dev/work/{project.rsplit('-', 1)[1]}",
            "sessionId": name,
            "version": "2.0.69" if self.old else "2.1.330",
            "gitBranch": "main",
        }

    def lines(self) -> list[str]:
        self._user("Please look at " + self.random.choice(self.corpus.texts[:3]))
        if not self.old:
            for length in (1, 2, 3, 4, 5):
                self._attachment(self.corpus.texts[length])
            self._beside("api-request-shape", self.corpus.texts[6] * 2)
            self._beside("api-request-blob", self.corpus.texts[5])
        turns = self.random.choice((8, 20, 40, 90, 200))
        loop = self.random.randrange(turns) if self.random.random() < LOOPING else -1
        for turn in range(turns):
            self._turn(f"src/module{self.random.randrange(400)}.py")
            if turn == loop:
                self.corpus.mix.sessions_with_loops += 1
                for _ in range(self.random.randrange(6, 14)):
                    self._call("Bash", {"command": "pytest -q tests/test_parser.py"}, "1 failed")
        return self.out

    def _turn(self, path: str) -> None:
        kind = self.random.random()
        if kind < 0.4:
            result = self.random.choice(self.corpus.texts[2:])
            self._call("Read", {"file_path": path}, f"{path}\n{result}")
        elif kind < 0.7:
            result = self.random.choice(self.corpus.texts[:5])
            self._call("Bash", {"command": f"grep -rn field {path} | head -40"}, result)
        elif kind < 0.95:
            before, after = self.random.sample(self.corpus.texts[:4], 2)
            given = {"file_path": path, "old_string": before, "new_string": f"{after}{path}"}
            self._call("Edit", given, f"The file {path} has been updated.")
        else:
            self._message([{"type": "text", "text": self.random.choice(self.corpus.texts[:3])}])
            self._user("go on")
        if not self.old and self.random.random() < 0.15:
            self._attachment(self.random.choice(self.corpus.texts))

    def _call(self, tool: str, given: dict[str, str], result: str) -> None:
        call = f"toolu_{self.random.getrandbits(96):024x}"
        blocks: list[dict[str, object]] = []
        if self.random.random() < 0.35:
            thought = self.random.choice(self.corpus.texts[1:4])
            blocks.append({"type": "thinking", "thinking": thought, "signature": "x" * 300})
        if self.random.random() < 0.5:
            blocks.append({"type": "text", "text": self.random.choice(self.corpus.texts[:2])})
        blocks.append({"type": "tool_use", "id": call, "name": tool, "input": given})
        self._message(blocks)
        content = {"tool_use_id": call, "type": "tool_result", "content": result}
        beside = {"toolUseResult": {"stdout": result, "stderr": "", "interrupted": False}}
        message = {"type": "user", "message": {"role": "user", "content": [content]}}
        self._put("user", {**message, **self._stamp(), **beside})
        if not self.old:
            self._beside("api-request", "x" * 900)

    def _message(self, blocks: list[dict[str, object]]) -> None:
        usage = self._usage()
        name = f"msg_{self.random.getrandbits(96):024x}"
        request = f"req_{self.random.getrandbits(96):024x}"
        final = usage["output_tokens"]
        for index, block in enumerate(blocks):
            last = index == len(blocks) - 1
            usage["output_tokens"] = final if last or not self.old else min(2 + index, final)
            message = {
                "id": name,
                "type": "message",
                "role": "assistant",
                "model": self.model,
                "content": [block],
                "stop_reason": None,
                "usage": {**usage, "cache_creation": self._split(usage)},
            }
            stamp = {"requestId": request, "type": "assistant", **self._stamp()}
            self._put("assistant", {"message": message, **stamp})
        self.corpus.mix.messages += 1
        self.corpus.mix.tokens.add(usage)

    def _usage(self) -> dict[str, int]:
        return {
            "input_tokens": self.random.randrange(3, 400),
            "cache_creation_input_tokens": self.random.randrange(0, 6000),
            "cache_read_input_tokens": self.random.randrange(4000, 140_000),
            "output_tokens": self.random.randrange(20, 2500),
        }

    def _split(self, usage: dict[str, int]) -> dict[str, int]:
        written = usage["cache_creation_input_tokens"]
        hour = written // 3 if not self.old else 0
        return {"ephemeral_5m_input_tokens": written - hour, "ephemeral_1h_input_tokens": hour}

    def _user(self, text: str) -> None:
        message = {"type": "user", "message": {"role": "user", "content": text}}
        self._put("user", {**message, **self._stamp()})

    def _attachment(self, text: str) -> None:
        attachment = {"type": "hook_additional_context", "content": text}
        record = {"attachment": attachment, "type": "attachment", **self._stamp()}
        self._put("attachment", {**record, "rendered": text})

    def _beside(self, kind: str, text: str) -> None:
        self.corpus.mix.records[kind] += 1
        record = {"type": kind, "sessionId": self.tail["sessionId"], "shape": text}
        self.out.append(json.dumps(record, separators=(",", ":")) + "\n")

    def _stamp(self) -> dict[str, str]:
        self.now += timedelta(milliseconds=self.random.randrange(200, 9000))
        shown = self.now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{self.now.microsecond // 1000:03d}Z"
        return {"uuid": self.corpus._uuid(), "timestamp": shown}

    def _put(self, kind: str, record: dict[str, object]) -> None:
        self.corpus.mix.records[kind] += 1
        whole = {**self.head, **record, **self.tail}
        self.out.append(json.dumps(whole, separators=(",", ":")) + "\n")


def make(root: Path, size: int, seed: int) -> Mix:
    """Write ``size`` bytes of sessions below ``root/projects``; says what it wrote."""
    return Corpus(root, size, seed).write()
