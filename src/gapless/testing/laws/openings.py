"""The ways to open something of one root on a store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType

from gapless.kit.ids import RootId
from gapless.kit.ports import Store

Opening = Callable[[Store, RootId], AbstractAsyncContextManager[object]]
OF_ONE: Mapping[str, Opening] = MappingProxyType(
    {
        "unit": lambda store, home: store.unit(home),
        "creating": lambda store, home: store.creating(home),
        "reading": lambda store, home: store.reading(home),
        "snapshot": lambda store, home: store.reading(home, snapshot=True),
    }
)
