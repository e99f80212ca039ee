"""What is counted before the provider does is never far below its tokens.

The tokens are those of o200k, cl100k and Claude's published tokenizer, the most of the three, taken
once for these texts.
"""

from __future__ import annotations

import pytest

from remit.codec.traffic.pieces import pieces_in

TEXTS = {
    "prose": "The parser drops the last line when the file does not end with a newline, so the "
    "total is off by one. I will read the test first, then mend it and run the suite again.",
    "code": "def total(self) -> int:\n    return sum(item.price * item.count for item in "
    "self.items if item.count > 0)\n\n\nclass ShoppingCart(Base):\n    pass\n",
    "json": '{\n  "file_path": "/src/stocklist/parser.py",\n  "old_string": "lines[:-1]",\n  '
    '"count": 1048576,\n  "ok": true\n}\n',
    "capitals": "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG AND NOBODY SAW IT COMING",
    "base64": "q83vEjRWeJq83vEjRWeJAbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/AAECAwQFBgcICQoLDA0ODw==",
    "letters": "qzjwvpkxbtnmrgfhdlsyqzjwvpkxbtnmrgfhdlsywqeopaskdjqpwoeirutymnzbxvc",
    "hex": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "chinese": "在软件工程中,预算是一种限制。每次调用之前都要预留费用,调用之后再结算。",
    "japanese": "日本語のテキストも確認します。これはテストです。",
    "korean": "한국어 문장도 있습니다. 예산을 초과하면 실행이 중지됩니다.",
    "russian": "Ассистент завершил работу и проверил все изменения в проекте.",
    "thai": "การทดสอบภาษาไทยสำหรับการนับโทเค็น",
    "hindi": "हिन्दी में भी कुछ शब्द हैं और उनकी गिनती होती है।",
    "emoji": "👩‍👩‍👧‍👦🎉🚀 ok 🏳️‍🌈 ❤️‍🔥 👍🏽 🧑🏿‍🚀",
}
TOKENS = {
    "prose": 41,
    "code": 43,
    "json": 44,
    "capitals": 25,
    "base64": 58,
    "letters": 40,
    "hex": 44,
    "chinese": 37,
    "japanese": 23,
    "korean": 28,
    "russian": 26,
    "thai": 58,
    "hindi": 51,
    "emoji": 57,
}


@pytest.mark.parametrize("kind", TEXTS)
def test_the_count_is_near_and_rather_above(kind: str) -> None:
    assert TOKENS[kind] * 0.75 <= pieces_in(TEXTS[kind]) <= TOKENS[kind] * 3


def test_every_kind_was_counted() -> None:
    assert TOKENS.keys() == TEXTS.keys()
