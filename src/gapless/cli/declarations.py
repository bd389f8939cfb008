"""The catalogue and the revisions of a command, by their names in a module: `own_service.rules:CALENDAR`."""

from __future__ import annotations

import importlib
import re
import sys
from contextlib import redirect_stdout
from functools import reduce
from pathlib import Path
from types import ModuleType

import attrs

from gapless.bootstrap import DEFAULT_CATALOGUE, DEFAULT_REVISIONS, default_revisions
from gapless.kit import Catalogue, Revisions
from gapless.kit.errors import InvalidValue

_REFERENCE = re.compile(r"(?P<module>\w+(?:\.\w+)*):(?P<name>\w+(?:\.\w+)*)")
CATALOGUE, REVISIONS = "catalogue", "revisions"


@attrs.frozen
class Declared:
    """What a command works with: a catalogue, and the chain of revisions that makes its tables, if one is known."""

    catalogue: Catalogue
    revisions: Revisions | None

    def schema(self, named: str | None) -> str:
        """The given schema, or the schema of the revisions."""
        return (DEFAULT_REVISIONS if self.revisions is None else self.revisions).schema if named is None else named


def declared(catalogue: str | None, revisions: str | None) -> Declared:
    """The catalogue and the revisions of these names; a missing one follows from the other, or is that of gapless.

    Args:
        catalogue: the name of a Catalogue, as `package.module:NAME`.
        revisions: the name of a Revisions, in the same form.

    Raises:
        InvalidValue: there is no such module or name, or the module can't be imported or ends the program, or the name
            has another kind of value.
    """
    chain = None if revisions is None else named_revisions(revisions)
    if catalogue is not None:
        found = named_catalogue(catalogue)
        return Declared(found, default_revisions(found) if chain is None else chain)
    return Declared(DEFAULT_CATALOGUE, DEFAULT_REVISIONS) if chain is None else Declared(chain.catalogue, chain)


def named_catalogue(reference: str) -> Catalogue:
    """The catalogue of this name.

    Raises:
        InvalidValue: for the reasons of `declared`.
    """
    found = _found(CATALOGUE, reference)
    if not isinstance(found, Catalogue):
        kind = type(found).__name__
        said = f"{reference} is a {kind}, not a Catalogue: name one such as GAPLESS + ticket_rules."
        raise InvalidValue(CATALOGUE, said)
    return found


def named_revisions(reference: str | None) -> Revisions:
    """The revisions of this name; the revisions of gapless if the name is None.

    Raises:
        InvalidValue: for the reasons of `declared`.
    """
    if reference is None:
        return DEFAULT_REVISIONS
    found = _found(REVISIONS, reference)
    if not isinstance(found, Revisions):
        kind = type(found).__name__
        said = f"{reference} is a {kind}, not a chain of revisions: name a Revisions(package=…, catalogue=…)."
        raise InvalidValue(REVISIONS, said)
    return found


def _found(kind: str, reference: str) -> object:
    """The value of this name; its module is looked for as by `python -m`, in the current directory first."""
    parsed = _REFERENCE.fullmatch(reference)
    if parsed is None:
        wanted = "a catalogue" if kind == CATALOGUE else "revisions"
        raise InvalidValue(kind, f"{reference!r} does not name {wanted}: write package.module:NAME.")
    # What a module prints does not belong to the output of the command.
    with redirect_stdout(sys.stderr):
        return _named(kind, _module(kind, parsed["module"]), parsed["name"])


def _named(kind: str, module: ModuleType, name: str) -> object:
    try:
        return reduce(getattr, name.split("."), module)
    except AttributeError:
        raise InvalidValue(kind, f"There is no {name} in module {module.__name__}.") from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        said = f"{name} in module {module.__name__} can't be read: {type(error).__name__}: {error}"
        raise InvalidValue(kind, said) from error


def _module(kind: str, name: str) -> ModuleType:
    """The module; any error while it is imported is an error of the given name."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = str(error.name)
        if name == missing or name.startswith(f"{missing}."):
            raise InvalidValue(kind, f"There is no module {missing}, neither in {here} nor on Python's path.") from None
        raise InvalidValue(kind, f"Module {name} can't be imported: {missing} is not installed.") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        said = f"Module {name} can't be imported: {type(error).__name__}: {error}"
        raise InvalidValue(kind, said) from error
