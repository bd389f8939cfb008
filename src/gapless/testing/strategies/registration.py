"""What Hypothesis runs when it is imported: from then on `st.from_type` knows the entities of gapless."""

from __future__ import annotations

from functools import partial
from typing import cast

from hypothesis import strategies as st

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.users import User
from gapless.domain.values import E164, EmailAddress, Slug
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Judged

_FIELDS: dict[object, tuple[type[Judged], str]] = {
    Slug: (Organization, "slug"),
    E164: (PhoneNumber, "number"),
    EmailAddress: (User, "email"),
}
"""For each type of text the field whose rules say what it is."""


def register() -> None:
    """Registers the entities of gapless, their texts and their documents. Nothing is made before it is asked for.

    Named by the entry point `hypothesis` of the distribution.
    """
    for model in GAPLESS.models:
        st.register_type_strategy(model.entity, partial(_entities, model.entity))
    for text, (entity, field) in _FIELDS.items():
        st.register_type_strategy(cast("type[object]", text), partial(_texts, entity, field))
    st.register_type_strategy(JsonObject, _documents)


def _entities(entity: type[Judged], _: type[object]) -> st.SearchStrategy[object]:
    from gapless.testing.strategies.row_drawing import entities  # noqa: PLC0415  # importing Hypothesis stays cheap

    return entities(entity)


def _texts(entity: type[Judged], field: str, _: type[object]) -> st.SearchStrategy[object]:
    from gapless.testing.strategies.row_drawing import values_of  # noqa: PLC0415  # as above

    return values_of(entity, field)


def _documents(_: type[object]) -> st.SearchStrategy[object]:
    from gapless.testing.strategies.values import documents  # noqa: PLC0415  # as above

    return documents()
