"""What Hypothesis runs when it is imported: from then on `st.from_type` knows the entities of gapless."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from functools import partial
from typing import cast

from hypothesis import strategies as st

from gapless.default_catalogue import DEFAULT_CATALOGUE
from gapless.kit import Catalogue
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Validated


def register(catalogue: Catalogue = DEFAULT_CATALOGUE) -> None:
    """Registers entities, their texts and JSON documents, so that `st.from_type` knows them.

    The entry point `hypothesis` of the distribution calls it for gapless; a host calls it for its own entities. A
    strategy is made only when it is used.

    Args:
        catalogue: the catalogue of the entities; GAPLESS by default.
    """
    for model in catalogue.models:
        st.register_type_strategy(model.entity, partial(_entities, model.entity))
    for text, (entity, field) in reversed([*_text_types(catalogue)]):  # of several fields the first one counts
        st.register_type_strategy(cast("type[object]", text), partial(_texts, entity, field))
    st.register_type_strategy(JsonObject, _documents)


def _text_types(catalogue: Catalogue) -> Iterator[tuple[object, tuple[type[Validated], str]]]:
    """The types of text that have a name of their own, with a field that always holds one: its rules say what it is."""
    for model in catalogue.models:
        for name, annotation in typing.get_type_hints(model.entity).items():
            if getattr(annotation, "__supertype__", None) is str:
                yield annotation, (model.entity, name)


def _entities(entity: type[Validated], _: type[object]) -> st.SearchStrategy[object]:
    from gapless.testing.strategies.row_generators import entities  # noqa: PLC0415  # importing Hypothesis stays cheap

    return entities(entity)


def _texts(entity: type[Validated], field: str, _: type[object]) -> st.SearchStrategy[object]:
    from gapless.testing.strategies.row_generators import values_of  # noqa: PLC0415  # as above

    return values_of(entity, field)


def _documents(_: type[object]) -> st.SearchStrategy[object]:
    from gapless.testing.strategies.values import documents  # noqa: PLC0415  # as above

    return documents()
