"""The signed answers of a run as files that OpenSSH alone can verify."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from remit.codec.answer_statement import NAMESPACE
from remit.model.grant import Grant
from remit.model.record import RunRecord
from remit.system.documents import write_document

SIGNERS = "allowed_signers"


@dataclass(frozen=True, slots=True)
class Proof:
    """One signed grant: who, and the files in a folder (``stem.json``, ``stem.sig``)."""

    grant: Grant
    folder: Path

    @property
    def command(self) -> tuple[str, ...]:
        """What verifies it, as of the moment it was recorded; the statement goes to its input."""
        assert self.grant.granter.signature is not None
        at = datetime.fromtimestamp(self.grant.granter.signature.at_us // 1_000_000, UTC)
        return (
            *("ssh-keygen", "-Y", "verify", "-n", NAMESPACE, "-I", self.grant.granter.name),
            *("-f", str(self.folder / SIGNERS), "-s", f"{self._stem}.sig"),
            f"-Overify-time={at:%Y%m%d%H%M%S}Z",
        )

    @property
    def statement(self) -> Path:
        return Path(f"{self._stem}.json")

    @property
    def _stem(self) -> Path:
        return self.folder / self.grant.id


def write_proofs(record: RunRecord, folder: Path) -> tuple[Proof, ...]:
    """Write statement and signature of each signed grant, and the keys that could sign; () where
    nothing in the run was signed. UsageError where a file is there already."""
    signed = [grant for grant in record.grants if grant.granter.signature is not None]
    if not signed or record.deciders is None:
        return ()
    write_document(folder / SIGNERS, record.deciders.keys.signers)
    proofs = []
    for grant in signed:
        signature = grant.granter.signature
        assert signature is not None
        write_document(folder / f"{grant.id}.json", signature.statement)
        write_document(folder / f"{grant.id}.sig", signature.armored)
        proofs.append(Proof(grant, folder))
    return tuple(proofs)
