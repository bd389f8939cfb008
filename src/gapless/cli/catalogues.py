"""The catalogue that a command works with: a name in a module, as in `own_service.rules:CALENDAR`."""

from __future__ import annotations

import importlib
import re
import sys
from contextlib import redirect_stdout
from functools import reduce
from pathlib import Path
from types import ModuleType

from gapless.bootstrap import DEFAULT_CATALOGUE
from gapless.kit import Catalogue
from gapless.kit.errors import InvalidValue

_REFERENCE = re.compile(r"(?P<module>\w+(?:\.\w+)*):(?P<name>\w+(?:\.\w+)*)")
KIND = "catalogue"


def named_catalogue(reference: str | None) -> Catalogue:
    """The catalogue of that name; that of gapless if none is named.

    The module is looked for as `python -m` does it: in the current directory first.

    Args:
        reference: `package.module:NAME`.

    Raises:
        InvalidValue: there is no such module or name, the module can't be imported or ends the program, or it is no
            catalogue.
    """
    if reference is None:
        return DEFAULT_CATALOGUE
    parsed = _REFERENCE.fullmatch(reference)
    if parsed is None:
        raise InvalidValue(KIND, f"{reference!r} names no catalogue: write package.module:NAME.")
    # What a module prints is not what the command was asked for.
    with redirect_stdout(sys.stderr):
        found = _named(_module(parsed["module"]), parsed["name"])
    if not isinstance(found, Catalogue):
        kind = type(found).__name__
        raise InvalidValue(KIND, f"{reference} is no Catalogue but a {kind}: name one such as GAPLESS + ticket_rules.")
    return found


def _named(module: ModuleType, name: str) -> object:
    try:
        return reduce(getattr, name.split("."), module)
    except AttributeError:
        raise InvalidValue(KIND, f"There is no {name} in module {module.__name__}.") from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        said = f"{name} in module {module.__name__} can't be read: {type(error).__name__}: {error}"
        raise InvalidValue(KIND, said) from error


def _module(name: str) -> ModuleType:
    """The module; whatever it does when it is imported, the command has not begun."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = str(error.name)
        if name == missing or name.startswith(f"{missing}."):
            raise InvalidValue(KIND, f"There is no module {missing}, in {here} or where Python looks.") from None
        raise InvalidValue(KIND, f"Module {name} can't be imported: it needs {missing}, which is not there.") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        said = f"Module {name} can't be imported: {type(error).__name__}: {error}"
        raise InvalidValue(KIND, said) from error
