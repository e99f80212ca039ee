"""The prices in force: the table that comes with Remit, the user's own rows first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from remit.codec.prices import read_table
from remit.errors import UsageError
from remit.model.prices import ModelPrices, PriceTable
from remit.model.transcript import Message
from remit.model.usage import PriceRow
from remit.storage.locate import config_folder
from remit.storage.shipped import shipped_prices


def load_prices(environ: Mapping[str, str], named: Path | None) -> PriceTable:
    """The table with the rows of ``named``, or of ``prices.toml`` beside the user's policy.

    UsageError where ``named`` is not there, InvalidDocument where the rows do not hold.
    """
    table = read_table(shipped_prices())
    path = named or config_folder(environ) / "prices.toml"
    if path.exists() or path.is_symlink():
        return table._replace(own=_own(path))
    if named:
        raise UsageError(f"{named} is not there", "name a TOML file with your prices")
    return table


def _own(path: Path) -> tuple[ModelPrices, ...]:
    """Few have prices of their own: only they wait for what reads them."""
    from remit.codec.own_prices import read_own
    from remit.codec.toml import MAX_BYTES, decode
    from remit.system.documents import read_document

    data = read_document(path, MAX_BYTES)
    if data is None:
        raise UsageError(f"{path} is not there", "name a TOML file with your prices")
    return read_own(decode(data, str(path)), str(path))


@dataclass(slots=True)
class Pricing:
    """Prices of messages, each row looked up once."""

    table: PriceTable
    _rows: dict[tuple[str, str, str, str], tuple[PriceRow, bool]] = field(default_factory=dict)

    def cost(self, message: Message) -> tuple[int, bool]:
        """Millionths of a micro-dollar, and whether the price of the model is known."""
        day = message.minute[:10]
        row, known = self.priced(message.model, day, message.processing, message.speed)
        usage = message.usage
        tier = row.tiers[0] if len(row.tiers) == 1 else row.tier(usage.prompt)
        return tier.cost(usage), known

    def standard(self, model: str, day: str) -> tuple[PriceRow, bool]:
        """The ordinary price of ``model`` on ``day``, and whether it is known."""
        return self.priced(model, day, "", "")

    def priced(self, model: str, day: str, processing: str, speed: str) -> tuple[PriceRow, bool]:
        """The price of ``model`` on ``day`` for this way of asking, and whether it is known."""
        key = (model, day, processing, speed)
        return self._rows.get(key) or self._look_up(key)

    def _look_up(self, key: tuple[str, str, str, str]) -> tuple[PriceRow, bool]:
        row = self.table.row(*key)
        found = (row, True) if row else (self.table.dearest(*key[:2]), False)
        self._rows[key] = found
        return found
