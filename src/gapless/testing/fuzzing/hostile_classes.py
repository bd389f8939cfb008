"""Classes whose objects pass for something that they are not, or raise whatever is asked of them."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import NoReturn
from uuid import UUID

INJECTED = "'); CREATE TABLE injected (); SELECT ('"
"""What would make a table if it ever became SQL."""


class PlainText(str):
    """A text with a class of its own, and nothing else."""

    __slots__ = ()


class LyingText(str):
    """A text that says another length and other contents than it has."""

    __slots__ = ()

    def __len__(self) -> int:
        """A length that is right nearly everywhere."""
        return 10

    def __str__(self) -> str:
        """Another text."""
        return INJECTED

    def __format__(self, _: str) -> str:
        """Another text."""
        return INJECTED

    def strip(self, _: str | None = None) -> str:
        """Another text."""
        return INJECTED

    def lower(self) -> str:
        """Another text."""
        return INJECTED


class RaisingText(str):
    """A text that can't be compared or printed."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, _: object) -> NoReturn:
        """Raises."""
        raise RuntimeError("compared")

    def __str__(self) -> NoReturn:
        """Raises."""
        raise RuntimeError("printed")

    __repr__ = __str__


class PlainNumber(int):
    """A whole number with a class of its own, and nothing else."""


class LyingNumber(int):
    """A number that is less and greater than all others."""

    def __lt__(self, _: object) -> bool:
        """True."""
        return True

    __le__ = __gt__ = __ge__ = __lt__

    def __str__(self) -> str:
        """What is no number."""
        return INJECTED

    __repr__ = __str__


class PlainId(UUID):
    """An id with a class of its own, and nothing else."""


class LyingId(UUID):
    """An id that prints as SQL."""

    def __str__(self) -> str:
        """What is no id."""
        return f"00000000-0000-0000-0000-000000000000{INJECTED}"

    def __format__(self, _: str) -> str:
        """What is no id."""
        return str(self)


class RaisingId(UUID):
    """An id that can't be compared, hashed or printed."""

    def __str__(self) -> NoReturn:
        """Raises."""
        raise RuntimeError("printed")

    def __hash__(self) -> NoReturn:
        """Raises."""
        raise RuntimeError("hashed")

    def __eq__(self, _: object) -> NoReturn:
        """Raises."""
        raise RuntimeError("compared")

    __repr__ = __str__


class PlainTime(datetime):
    """A time with a class of its own, and nothing else: as of pendulum, pandas or freezegun."""


class LyingTime(datetime):
    """A time that prints as SQL, and has no zone when it is asked."""

    def isoformat(self, *_: object, **__: object) -> str:
        """What is no time."""
        return INJECTED

    def utcoffset(self) -> None:
        """None."""
        return

    def astimezone(self, _: tzinfo | None = None) -> NoReturn:
        """Raises."""
        raise RuntimeError("converted")


class ZoneOfNone(tzinfo):
    """A time zone that is none."""

    def utcoffset(self, _: datetime | None) -> timedelta | None:
        """None."""
        return None

    def dst(self, _: datetime | None) -> timedelta | None:
        """None."""
        return None

    def tzname(self, _: datetime | None) -> str:
        """No name."""
        return INJECTED


class OddZone(ZoneOfNone):
    """A time zone nearly a day away, to the microsecond."""

    def utcoffset(self, _: datetime | None) -> timedelta:
        """Not quite a day."""
        return timedelta(hours=23, minutes=59, seconds=59, microseconds=7)


class RaisingZone(ZoneOfNone):
    """A time zone that nobody has finished."""

    def utcoffset(self, _: datetime | None) -> NoReturn:
        """Raises."""
        raise RuntimeError("asked")


class Pretender:
    """Says that it is of a class of which it is not."""

    __slots__ = ("_pretended",)

    def __init__(self, pretended: type) -> None:
        object.__setattr__(self, "_pretended", pretended)

    @property
    def __class__(self) -> type:
        """The class that it is not of."""
        return object.__getattribute__(self, "_pretended")  # type: ignore[no-any-return]  # __init__ has set it

    @__class__.setter
    def __class__(self, _: type) -> None:
        raise RuntimeError("changed")

    def __str__(self) -> str:
        """What is no value."""
        return f"00000000-0000-0000-0000-000000000000{INJECTED}"


class Raiser:
    """Raises whatever is asked of it."""

    def __eq__(self, _: object) -> NoReturn:
        """Raises."""
        raise RuntimeError("compared")

    def __hash__(self) -> NoReturn:
        """Raises."""
        raise RuntimeError("hashed")

    def __str__(self) -> NoReturn:
        """Raises."""
        raise RuntimeError("printed")

    __repr__ = __str__

    def __bool__(self) -> NoReturn:
        """Raises."""
        raise RuntimeError("asked")

    def __getattr__(self, name: str) -> NoReturn:
        """Raises."""
        raise RuntimeError(name)

    def __iter__(self) -> NoReturn:
        """Raises."""
        raise RuntimeError("iterated")


class Agreeing:
    """Equals everything, has every attribute and can be called."""

    def __eq__(self, _: object) -> bool:
        """True."""
        return True

    def __hash__(self) -> int:
        """The same as that of every other one."""
        return 0

    def __getattr__(self, name: str) -> Agreeing:
        """Itself, but for what Python asks for."""
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: object, **__: object) -> Agreeing:
        """Itself."""
        return self


class LongPrinted:
    """Prints as ten million characters."""

    def __str__(self) -> str:
        """A text that no message should hold."""
        return "x" * 10_000_000

    __repr__ = __str__


class Texts(enum.Enum):
    """Members that stand for the same texts as those of other enumerations."""

    OWNER = "OWNER"
    ACTIVE = "ACTIVE"
    ENGLISH = "en"


class TextMembers(str, enum.Enum):  # noqa: UP042  # hosts have such classes
    """Members that are texts themselves."""

    OWNER = "OWNER"
    ACTIVE = "ACTIVE"
    ENGLISH = "en"


class Numbers(enum.IntEnum):
    """Members that are numbers themselves."""

    ONE = 1


def raising_iterator() -> Iterator[object]:
    """Yields something, and raises."""
    yield 1
    raise RuntimeError("iterated")


class NeverStopped(BaseException):
    """Somebody has asked an endless iterator a million times; it is no Exception, so that nobody hides it."""


def endless_iterator() -> Iterator[object]:
    """Yields a text for as long as it is asked, up to a million times."""
    for _ in range(1_000_000):
        yield "x"
    raise NeverStopped("it was asked a million times")
