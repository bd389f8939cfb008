"""Revisions: where the frozen SQL of a service is, and where a database keeps the record of it.

See docs/decisions/0042-revisions-belong-to-a-service.md.
"""

from __future__ import annotations

import re

import attrs

from gapless.kit.catalogue import Catalogue, require_catalogue
from gapless.kit.errors import DeclarationError, InvalidValue
from gapless.kit.model import Model, Validated
from gapless.kit.names import GREATEST_IDENTIFIER
from gapless.kit.plain import is_of, kind_of, plain_text, settle, shown
from gapless.kit.servability import VERSION_TABLE

NOTHING = Catalogue(())
USUAL_SCHEMA = "gapless"
USUAL_COMMAND = "gapless migrate --revisions MODULE:NAME"
_PACKAGE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_IDENTIFIER = re.compile("[a-z_][a-z0-9_]*")


def _package(_: object, __: object, value: str) -> None:
    name = plain_text(value)
    if name is None or not _PACKAGE.fullmatch(name):
        said = f"`package` must name a package, by __name__ or as 'own_service.migrations', not {shown(value)!r}."
        raise InvalidValue("package", said, fields=("package",))


def _catalogue(_: object, attribute: attrs.Attribute[Catalogue], value: Catalogue) -> None:
    require_catalogue(attribute.name, value)


def _text(_: object, attribute: attrs.Attribute[str], value: object) -> None:
    if not plain_text(value):
        said = f"`{attribute.name}` must be a text, not {shown(value)!r}."
        raise InvalidValue(attribute.name, said, fields=(attribute.name,))


def _version_table(_: object, __: object, value: object) -> None:
    name = plain_text(value)
    if name is None or not _IDENTIFIER.fullmatch(name) or len(name) > GREATEST_IDENTIFIER:
        said = (
            f"'{shown(value)}' can't be a version table: use lower-case letters, digits and underscores, a letter "
            f"first, and at most {GREATEST_IDENTIFIER} characters."
        )
        raise InvalidValue("version_table", said, fields=("version_table",))


@attrs.frozen(kw_only=True)
class Revisions:
    """A chain of frozen revisions: the SQL that creates the tables of a catalogue, and all later changes of them.

    Each revision is a file in a package: `desk_0001.sql`, `desk_0002.sql` and so on, with one name, four digits and no
    gaps. A database keeps the name of its last revision in the version table.

    Attributes:
        package: the package that holds the files, such as `__name__` in its `__init__.py`.
        catalogue: the entities whose tables exist after the newest revision.
        beyond: the entities of `catalogue` whose tables another chain creates, in the same schema.
        schema: the PostgreSQL schema of the tables, if a caller names none.
        version_table: the table of that schema with the record; chains in one schema have one each.
        command: the command that applies the revisions, for messages about a database that lacks one.

    Raises:
        InvalidValue: one of these is not what it has to be.
        DeclarationError: a table of the catalogue has the name of the version table.
    """

    package: str = attrs.field(validator=_package)
    catalogue: Catalogue = attrs.field(validator=_catalogue)
    beyond: Catalogue = attrs.field(default=NOTHING, validator=_catalogue)
    schema: str = attrs.field(default=USUAL_SCHEMA, validator=_text)
    version_table: str = attrs.field(default=VERSION_TABLE, validator=_version_table)
    command: str = attrs.field(default=USUAL_COMMAND, validator=_text)

    def __attrs_post_init__(self) -> None:
        settle(self)
        if any(model.stored == self.version_table for model in self.catalogue.models):
            raise DeclarationError(
                f"version_table {self.version_table} is a table of the catalogue: choose another name."
            )

    def makes(self, model: Model[Validated]) -> bool:
        """Whether this chain creates the table of an entity."""
        return model.entity in self.catalogue.by_entity and model.entity not in self.beyond.by_entity

    def is_about(self, catalogue: Catalogue) -> bool:
        """Whether a catalogue has the root of this chain's catalogue, whatever other entities it has."""
        return all(root.entity in catalogue.by_entity for root in self.catalogue.roots)

    def command_for(self, schema: str) -> str:
        """The command that applies the revisions in a schema."""
        return self.command if schema == self.schema else f"{self.command} --schema {schema}"


def chains_of(given: object) -> tuple[Revisions, ...]:
    """The chains that were passed: none, one, or several in a tuple.

    Raises:
        InvalidValue: one of them is not a Revisions.
    """
    if given is None:
        return ()
    return tuple(map(require_revisions, given)) if isinstance(given, tuple) else (require_revisions(given),)


def require_about(revisions: Revisions, catalogue: Catalogue) -> None:
    """Refuses a chain for the catalogue of another service.

    Raises:
        InvalidValue: the catalogue lacks the root of the chain.
    """
    if not revisions.is_about(catalogue):
        said = f"The revisions of {revisions.package} are of another root than the catalogue: name those that make it."
        raise InvalidValue("revisions", said, fields=("revisions",))


def require_made(revisions: Revisions, catalogue: Catalogue) -> None:
    """Refuses a catalogue without an entity of the chain: nobody would ask whether the database enforces its rules.

    Raises:
        InvalidValue: the catalogue lacks an entity whose table the chain makes.
    """
    made = [model.entity for model in revisions.catalogue.models if revisions.makes(model)]
    missing = [entity.__name__ for entity in made if entity not in catalogue.by_entity]
    if missing:
        said = f"The revisions of {revisions.package} make the table of {missing[0]}, which the catalogue lacks: name "
        raise InvalidValue("catalogue", f"{said}the catalogue of the revisions.", fields=("catalogue",))


def require_revisions(given: object) -> Revisions:
    """Gives back the chain of revisions that was passed.

    Raises:
        InvalidValue: it is not a Revisions, even if its class says so.
    """
    if not isinstance(given, Revisions) or not is_of(given, Revisions):
        said = f"revisions must be a chain, Revisions(package=…, catalogue=…), not {kind_of(given)}."
        raise InvalidValue("revisions", said, fields=("revisions",))
    return given
