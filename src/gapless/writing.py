"""The base for a store of your own: the primitives that a store provides, and the units and repositories over them.

A store that wraps one of ours overrides its `transaction`, and wraps the transaction and the rows that it gives.
"""

from __future__ import annotations

from gapless.adapters.writing.openings import Kind, Opening
from gapless.adapters.writing.primitives import ReadRows, Rows, Transaction, Transactions
from gapless.adapters.writing.reader import Reader
from gapless.adapters.writing.repository import StoreRepository
from gapless.adapters.writing.side_records import SideRecords
from gapless.adapters.writing.unit import Unit
from gapless.adapters.writing.units import StoreReading, StoreSystemUnit, StoreUnit

__all__ = [
    "Kind",
    "Opening",
    "ReadRows",
    "Reader",
    "Rows",
    "SideRecords",
    "StoreReading",
    "StoreRepository",
    "StoreSystemUnit",
    "StoreUnit",
    "Transaction",
    "Transactions",
    "Unit",
]
