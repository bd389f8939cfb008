"""Twins of classes: an object is filled while it belongs to a twin of its class, to which Python assigns as to any.

An entity is frozen, and so is an id of the standard library: to write their slots by the descriptors takes three times
as long as to assign to them. Nobody else sees the object before it has its class (decision 0048).
"""

from __future__ import annotations


def twin_of(kind: type) -> type | None:
    """A class whose instances can be filled by assignment, and can then become instances of the given one.

    Returns:
        The class; None if the given one has hooks of its own, or slots that no other class can have.
    """
    hooks = ("__init_subclass__", "__new__", "__del__")
    if type(kind) is not type or any(name in vars(part) for part in kind.__mro__[:-1] for name in hooks):
        return None
    namespace: dict[str, object] = {
        "__slots__": vars(kind).get("__slots__", ()),
        "__setattr__": object.__setattr__,  # a frozen class may have a frozen base
        "__module__": kind.__module__,
        "__doc__": f"Is filled before it becomes a {kind.__name__}.",
    }
    twin = type(kind.__name__, kind.__bases__, namespace)
    try:
        object.__setattr__(object.__new__(twin), "__class__", kind)
    except TypeError:
        return None
    return twin
