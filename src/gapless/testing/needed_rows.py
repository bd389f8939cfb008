"""What rows ask for below themselves, by invariants, and do not have yet."""

from __future__ import annotations

from collections.abc import Sequence

from gapless.kit import AtLeastOne, Model
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Validated
from gapless.kit.python_compiler import is_true
from gapless.testing.factories import Factories
from gapless.testing.strategies.parents import refers_to
from gapless.testing.templates import Template


def require_end(model: Model[Validated], above: Sequence[type]) -> None:
    """Refuses to make rows that ask for one of their own kind below themselves again and again.

    Args:
        model: the model of the row that is to be made.
        above: the entities of the rows that asked for it, and for each other.

    Raises:
        DeclarationError: there are several of this entity among them.
    """
    if above.count(model.entity) > 1:
        raise DeclarationError(
            f"{model.name}: below each such row another one is asked for, without an end: say by while_parent= of "
            "which rows that is asked, and let the last one be none of these."
        )


def asking(factories: Factories, row: Validated, there: Sequence[Validated]) -> list[tuple[AtLeastOne, Template]]:
    """The invariants that ask for a row below this one, with templates of such, but for those that have one.

    Args:
        factories: what makes the templates.
        row: the row.
        there: the rows among which may be what is asked for.
    """
    catalogue = factories.catalogue

    def has_one(rule: AtLeastOne, template: Template) -> bool:
        links = catalogue.links(template.model, rule.through)
        below = (each for each in there if type(each) is template.model.entity and refers_to(links, each, row))
        return any(is_true(rule.of)(each) for each in below)

    asked = factories.asked_below(catalogue.by_entity[type(row)])
    return [each for each in asked if is_true(each[0].while_parent)(row) and not has_one(*each)]
