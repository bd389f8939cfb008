"""Laws 2 and 5 for every entity: what was removed is gone, and what refers to it follows its reference."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest

from gapless.kit import AtLeastOne, Model, OnDelete, Reference
from gapless.kit.errors import NotFound, RuleViolated
from gapless.kit.model import Validated
from gapless.kit.ports import Store
from gapless.testing.laws.entities import AnyEntity, Scene, has_any, of_each
from gapless.testing.laws.entity_kinds import comes_with_its_parent, is_change, is_removable
from gapless.testing.laws.entity_room import has_room_beside, is_free
from gapless.testing.laws.entity_rows import is_found
from gapless.testing.solving import holding
from gapless.testing.steps import add
from gapless.testing.templates import Template


@of_each(is_removable)
async def test_a_removed_row_is_gone(store: Store, entity: AnyEntity) -> None:
    """Nothing finds a row that was removed, and nobody removes it again; other rows stay."""
    scene, beside = await entity.scene(store), await entity.scene(store)
    row, other = await scene.row(), await beside.row()
    async with scene.unit(row) as unit:
        await scene.remove(unit, row)
        assert not await is_found(scene, unit, row)
        await unit.commit()
    async with scene.reading(row) as reading:
        assert not await is_found(scene, reading, row)
    with pytest.raises(NotFound):
        async with scene.unit(row) as unit:
            await scene.remove(unit, row)
    assert await beside.kept(other) == (other,)


@attrs.frozen(kw_only=True)
class Tie:
    """A reference to rows of an entity.

    Attributes:
        model: the entity of the rows that refer.
        reference: the reference.
        template: of rows that refer.
    """

    model: Model[Validated]
    reference: Reference
    template: Template

    @property
    def links(self) -> list[str]:
        """The columns that a removal sets to null, if the reference says so."""
        return [column.name for column in self.reference.nulled if column.name != self.model.tenant]

    def below(self, scene: Scene, row: Validated) -> Validated:
        """A new row that refers to this one."""
        fixture = scene.fixture.at(row) if self.is_home(scene.model) else scene.fixture
        return fixture.pointing_at(fixture.made(self.template), self.reference, row)

    def is_home(self, parent: Model[Validated]) -> bool:
        """Whether rows belong by the reference to the row to which they refer, as their root."""
        return parent.is_root and {column.name for column in self.reference.fields} == {self.model.tenant}


def ties(entity: AnyEntity) -> Iterator[Tie]:
    """The references to rows of an entity, of which the outcome of a removal depends alone."""
    for model, reference in entity.catalogue.references_to[entity.model.entity]:
        if comes_with_its_parent(model):
            continue
        plain = entity.factories.plain(model).shared
        template = entity.factories.template(model, holding(reference.fields), preferred=plain)
        tie = Tie(model=model, reference=reference, template=template)
        if decides(entity, tie):
            yield tie


def decides(entity: AnyEntity, tie: Tie) -> bool:
    """Whether it is this reference alone that says what becomes of a row that refers, and of that to which it does."""
    model, catalogue = tie.model, entity.catalogue
    others = [other for other in model.of_kind(Reference) if other is not tie.reference and tie.template.has(other)]
    if any(catalogue.parent(other) is entity.model for other in others):
        return False
    leads_away = any(not catalogue.parent(other).is_root for other in others)
    stays = model.append_only is not None and model.append_only.through != tie.reference
    is_alone = not (stays or (leads_away and entity.model.is_root)) and model.entity not in catalogue.archives
    is_first = tie.is_home(entity.model) and not model.of_kind(AtLeastOne)  # below a root that is new
    return is_alone and (is_first or is_free(entity.factories, model)) and not is_kept(tie)


def is_kept(tie: Tie) -> bool:
    """Whether another rule of a row keeps its link, which the removal would set to null."""
    if tie.reference.on_delete is not OnDelete.SET_NULL:
        return False
    before = tie.model.construct_unvalidated({**tie.template.values})
    after = tie.model.construct_unvalidated({**tie.template.values, **dict.fromkeys(tie.links)})
    return bool(tie.model.find_violations(tie.model.values_by_column(after))) or not is_change(tie.model, before, after)


def is_referred_to(entity: AnyEntity) -> bool:
    """Whether others refer to rows of an entity, and their references alone decide about a removal."""
    return is_removable(entity) and has_room_beside(entity) and has_any(ties(entity))


@of_each(is_referred_to)
async def test_what_refers_to_a_removed_row_follows_its_reference(store: Store, entity: AnyEntity) -> None:
    """A row that refers to a removed one keeps it from going, goes with it, or loses its link, as was declared."""
    for tie in ties(entity):
        scene = await entity.scene(store, writes_beside=True)
        row = await scene.row()
        below = await add(store, scene.fixture, tie.below(scene, row))
        is_kept = tie.reference.on_delete is OnDelete.RESTRICT
        async with scene.unit(row) as unit:
            if is_kept:
                with pytest.raises(RuleViolated) as caught:
                    await scene.remove(unit, row)
                assert caught.value.rule == tie.reference.name
            else:
                await scene.remove(unit, row)
                await unit.commit()
        assert await scene.kept(row) == ((row,) if is_kept else ())
        await assert_follows(scene, tie, below)


async def assert_follows(scene: Scene, tie: Tie, below: Validated) -> None:
    """Asserts that a row that refers to one is as its reference says, after a removal of that."""
    expected = {
        OnDelete.RESTRICT: (below,),
        OnDelete.CASCADE: (),
        OnDelete.SET_NULL: (tie.model.evolved(below, dict.fromkeys(tie.links)),),
    }
    assert await attrs.evolve(scene, model=tie.model).kept(below) == expected[tie.reference.on_delete]
