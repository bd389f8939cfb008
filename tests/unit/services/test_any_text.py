"""A text of any characters is kept as it is, or refused with an error of gapless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.kit.errors import GaplessError
from tests.properties import bounded
from tests.unit.services.worlds import opened_world


@pytest.mark.asyncio
@bounded(80)
@given(name=st.text(), slug=st.text(), email=st.text(), plan=st.text(), billing_email=st.none() | st.text())
async def test_texts(name: str, slug: str, email: str, plan: str, billing_email: str | None) -> None:
    """Texts of any kind are refused with an error of gapless, or kept to the code point."""
    async with opened_world() as world:
        try:
            created = await world.app.organizations.create(
                name, slug, email, name, plan=plan, billing_email=billing_email, actor=world.actor
            )
        except GaplessError:
            return
        assert (created.organization.name, created.owner.name) == (name, name)


@pytest.mark.asyncio
@bounded(50)
@given(name=st.text(min_size=1) | st.text(st.characters(categories=["Cs", "Cc", "Lo"]), min_size=2, max_size=100))
async def test_names(name: str) -> None:
    """A name of any characters is refused with an error of gapless, or kept to the code point."""
    async with opened_world() as world:
        try:
            renamed = await world.app.organizations.rename(world.home, name, actor=world.actor)
        except GaplessError:
            return
        assert renamed.name == (await world.app.organizations.get(world.home)).name == name
