"""What a command works with, by a name in a module: a catalogue as in `own_service.rules:CALENDAR`, or revisions."""

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
    """What a command is about: a catalogue, and the chain of revisions that makes its tables, if one is known."""

    catalogue: Catalogue
    revisions: Revisions | None

    def schema(self, named: str | None) -> str:
        """The schema that is named, or the usual one."""
        return (DEFAULT_REVISIONS if self.revisions is None else self.revisions).schema if named is None else named


def declared(catalogue: str | None, revisions: str | None) -> Declared:
    """What is named; where one of the two is not, what goes with the other, and without both those of gapless.

    Args:
        catalogue: `package.module:NAME`.
        revisions: the same.

    Raises:
        InvalidValue: there is no such module or name, the module can't be imported or ends the program, or it is not
            what is asked for.
    """
    chain = None if revisions is None else named_revisions(revisions)
    if catalogue is not None:
        found = named_catalogue(catalogue)
        return Declared(found, default_revisions(found) if chain is None else chain)
    return Declared(DEFAULT_CATALOGUE, DEFAULT_REVISIONS) if chain is None else Declared(chain.catalogue, chain)


def named_catalogue(reference: str) -> Catalogue:
    """The catalogue of that name.

    Raises:
        InvalidValue: as of `declared`.
    """
    found = _found(CATALOGUE, reference)
    if not isinstance(found, Catalogue):
        kind = type(found).__name__
        said = f"{reference} is no Catalogue but a {kind}: name one such as GAPLESS + ticket_rules."
        raise InvalidValue(CATALOGUE, said)
    return found


def named_revisions(reference: str | None) -> Revisions:
    """The revisions of that name; those of gapless if none is named.

    Raises:
        InvalidValue: as of `declared`.
    """
    if reference is None:
        return DEFAULT_REVISIONS
    found = _found(REVISIONS, reference)
    if not isinstance(found, Revisions):
        kind = type(found).__name__
        said = f"{reference} is no chain of revisions but a {kind}: name one, Revisions(package=…, catalogue=…)."
        raise InvalidValue(REVISIONS, said)
    return found


def _found(kind: str, reference: str) -> object:
    """What has that name. The module is looked for as `python -m` does it: in the current directory first."""
    parsed = _REFERENCE.fullmatch(reference)
    if parsed is None:
        article = "no catalogue" if kind == CATALOGUE else "no revisions"
        raise InvalidValue(kind, f"{reference!r} names {article}: write package.module:NAME.")
    # What a module prints is not what the command was asked for.
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
    """The module; whatever it does when it is imported, the command has not begun."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = str(error.name)
        if name == missing or name.startswith(f"{missing}."):
            raise InvalidValue(kind, f"There is no module {missing}, in {here} or where Python looks.") from None
        raise InvalidValue(kind, f"Module {name} can't be imported: it needs {missing}, which is not there.") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        said = f"Module {name} can't be imported: {type(error).__name__}: {error}"
        raise InvalidValue(kind, said) from error
