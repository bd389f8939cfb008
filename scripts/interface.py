"""Writes docs/interface.md anew: every public name of the faces with its signature, read from the code.

    python scripts/interface.py

`tests/unit/architecture/test_faces.py` holds the page to the code.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

from gapless.bootstrap import Gapless
from gapless.kit import Store

PAGE = Path(__file__).parents[1] / "docs" / "interface.md"
FACES = (
    "gapless",
    "gapless.kit",
    "gapless.postgres",
    "gapless.testing",
    "gapless.writing",
    "gapless.embedded",
    "gapless.inputs.email_addresses",
    "gapless.inputs.phone_numbers",
)
"""The modules that a host imports from; everything else is private, whatever its name."""
HEAD = """# The interface

Every public name, by the module that it is imported from; `python scripts/interface.py` writes this page from the code.
A host imports from these modules alone: what is in others is private, and may change without a word in the changelog.
"""


def page() -> str:
    """The whole page."""
    lines = [line for face in FACES for line in _face(importlib.import_module(face))]
    return "\n".join([HEAD, *lines, *_use_cases()]).rstrip() + "\n"


def _use_cases() -> Iterator[str]:
    """The use cases, by the attribute of an application that has them."""
    yield "## The use cases of an application\n"
    yield "What `async with gapless.open(…) as app` gives, beside `app.store` and `app.jobs`.\n"
    for name, kind in typing.get_type_hints(Gapless).items():
        if isinstance(kind, type) and kind is not Store:
            yield f"- `app.{name}`: {_sentence(kind)}"
            yield from (f"  - `{each}`: {said}" for each, said in _methods(kind))


def _face(module: ModuleType) -> Iterator[str]:
    yield f"## `{module.__name__}`\n"
    yield f"{_sentence(module)}\n"
    names = sorted(name for name in module.__all__ if not name.startswith("__"))
    for name in names:
        yield from _entry(name, getattr(module, name))
    yield ""


def _entry(name: str, value: object) -> Iterator[str]:
    """A name, as a list item; of a class its public methods below it."""
    if isinstance(value, type) and issubclass(value, enum.Enum):
        yield f"- `{name}`: {', '.join(f'`{member.name}`' for member in value)}. {_sentence(value)}"
    elif isinstance(value, type) and issubclass(value, BaseException):
        yield f"- `{name}({value.__mro__[1].__name__})`: {_sentence(value)}"
    elif isinstance(value, type):
        yield f"- `{name}{_signature(value)}`: {_sentence(value)}"
        yield from (f"  - `{each}`: {said}" for each, said in _methods(value))
    elif inspect.isfunction(value):
        awaited = "async " if inspect.iscoroutinefunction(value) else ""
        yield f"- `{awaited}{name}{_signature(value)}`: {_sentence(value)}"
    else:
        yield f"- `{name}`: {_kind(value)}"


def _kind(value: object) -> str:
    """What a name stands for that is neither a class nor a function."""
    supertype = getattr(value, "__supertype__", None)
    if supertype is not None:
        return f"an id or a text of its own for the type checker, `{supertype.__name__}` at run time."
    return f"a `{type(value).__name__}`."


def _methods(value: type) -> Iterator[tuple[str, str]]:
    for name, member in sorted(vars(value).items()):
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            yield name, _sentence(member)
        elif inspect.isfunction(function := getattr(member, "__func__", member)):
            awaited = "async " if inspect.iscoroutinefunction(function) else ""
            # A protocol's overloads leave nothing but a placeholder in the class; they are registered by the names.
            named = SimpleNamespace(__module__=value.__module__, __qualname__=f"{value.__qualname__}.{name}")
            for form in typing.get_overloads(typing.cast("typing.Callable[..., object]", named)) or (function,):
                yield f"{awaited}{name}{_signature(form)}", _sentence(function)


def _signature(value: object) -> str:
    try:
        signature = inspect.signature(value)  # type: ignore[arg-type]  # a class or a function
    except (TypeError, ValueError):
        return ""
    if "args" in signature.parameters and "kwargs" in signature.parameters:  # a protocol, or what has no constructor
        return ""
    parts: list[str] = []
    keyword_only = False
    for parameter in signature.parameters.values():
        if parameter.name in ("self", "cls"):
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not keyword_only:
            parts, keyword_only = [*parts, "*"], True
        parts.append(_parameter(parameter))
    returned = signature.return_annotation
    said = "" if isinstance(value, type) or returned is signature.empty else f" -> {_annotation(returned)}"
    return f"({', '.join(parts)}){said}"


def _parameter(parameter: inspect.Parameter) -> str:
    star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
    annotation = "" if parameter.annotation is parameter.empty else f": {_annotation(parameter.annotation)}"
    default = "" if parameter.default is parameter.empty else f" = {_default(parameter.default)}"
    return f"{star}{parameter.name}{annotation}{default}"


def _annotation(annotation: object) -> str:
    return plainly(annotation if isinstance(annotation, str) else inspect.formatannotation(annotation))


def plainly(said: str) -> str:
    """An annotation as one would write it: without modules, and without what one Python says otherwise than another."""
    said = re.sub(r"\bForwardRef\('([^']*)'(?:, [^()]*)?\)", r"\1", said)
    said = re.sub(r"\b(?:gapless|collections|datetime|pathlib|uuid|typing)\.(?:\w+\.)*(?=\w)", "", said)
    return re.sub(r"\bOptional\[([\w.]+)\]", r"\1 | None", said)


def _default(value: object) -> str:
    """A default as it reads in code; of what is not written as a constant an ellipsis."""
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    return repr(value) if isinstance(value, (str, int, float, bool, type(None), tuple)) else "…"


def _sentence(value: object) -> str:
    """The first sentence of a docstring."""
    text = inspect.getdoc(value) or ""
    if text.startswith("Helper for @overload"):
        return "one repository or another, by the entity."
    first = " ".join(text.split("\n\n")[0].split())
    return first.split(". ")[0].removesuffix(".") + "." if first else "see its type."


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
