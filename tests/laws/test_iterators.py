"""What a caller may hand over though its type does not allow it; no law, since a store may look at it twice."""

from collections.abc import Sequence
from typing import TypeVar, cast

import pytest

from gapless.domain.users import User
from gapless.kit.ports import Store
from tests.voice.hosted import Folder
from tests.voice.rows import a_folder, a_user, an_audit_record, an_event, created

T = TypeVar("T")


def each(rows: list[T]) -> Sequence[T]:
    """What can be gone through once."""
    return cast("Sequence[T]", iter(rows))


@pytest.mark.asyncio
async def test_what_can_be_gone_through_once_is_kept(store: Store) -> None:
    """Rows and events that come from an iterator are kept, and none is lost in silence."""
    home = (await created(store)).id
    async with store.unit(home) as unit:
        folders = await unit.of(Folder).add_all(each([a_folder(home), a_folder(home)]))
        (user,) = await unit.of(User).add_all(each([a_user(home)]), an_audit_record(home), each([an_event(home)]))
        await unit.of(User).remove(user, an_audit_record(home), each([an_event(home)]))
        await unit.commit()
    async with store.reading(home) as reading:
        assert (len(folders), await reading.of(Folder).count(), await reading.outbox.count()) == (2, 2, 2)
