"""Signs an answer with the person's own key, after showing what is signed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from remit.adapters.render.escape import terminal
from remit.codec.answer_statement import NAMESPACE, encode, granting
from remit.codec.signers import read_signers
from remit.errors import RemitError, UsageError
from remit.interfaces.cli.live import Answering
from remit.interfaces.cli.output import print_note
from remit.model.json import Json
from remit.services.signed_answers import Words
from remit.system.clock import now_us
from remit.system.ssh_keygen import keys_of_agent, public_file, sign

FROM_AGENT = "agent"
"""In the place of a key file: one that the ssh-agent holds and the policy names."""
_NAME_ONE = "name a key: --sign ~/.ssh/id_ed25519_sk"


def signed(live: Answering, request: str, words: Words, key: str) -> dict[str, Json]:
    """``{"statement", "signature"}`` for a yes to ``request``, by ``key``."""
    answer = live.tell({"do": "requests"})
    asked = _asked(answer.get("requests"), request)
    statement = granting(
        str(asked["run"]),
        request,
        str(asked["kind"]),
        str(asked["digest"]),
        words.reason,
        words.evidence,
        words.expiry,
        words.shown,
        now_us(),
    )
    print_note(f"signing: {terminal(str(asked['kind']))} {terminal(str(asked['subject']))}")
    data = encode(statement)
    return {"statement": data.decode("ascii"), "signature": _signature(data, key, answer)}


def _asked(listed: Json, request: str) -> Mapping[str, Json]:
    found = listed if isinstance(listed, Sequence) and not isinstance(listed, str) else ()
    for item in found:
        if isinstance(item, dict) and item.get("request") == request:
            return item
    raise UsageError(f"no request {request!a} is open", "list them: remit requests")


def _signature(data: bytes, key: str, answer: Mapping[str, Json]) -> str:
    signers = str(answer.get("signers") or "")
    if not signers:
        message = "the policy names nobody who may sign in this run"
        raise RemitError(message, "name them for the next one: signers under [decide] in a policy")
    if key != FROM_AGENT:
        path = Path(key).expanduser()
        if not path.is_file():
            raise UsageError(f"there is no key {key!a}", _NAME_ONE)
        return sign(path, NAMESPACE, data, os.environ)
    allowed = {signer.public for signer in read_signers(signers, "the signers of the run")}
    held = next((one for one in keys_of_agent(os.environ) if one in allowed), None)
    if held is None:
        raise UsageError("your ssh-agent holds no key that may sign in this run", _NAME_ONE)
    with public_file(held) as path:
        return sign(path, NAMESPACE, data, os.environ)
