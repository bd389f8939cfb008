"""What a store of one's own stands on: the primitives that a store gives, and the units and repositories over them.

A store around one of ours overrides its `transaction`, and puts objects of its own around that and its rows.
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
