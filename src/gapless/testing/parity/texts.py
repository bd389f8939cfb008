"""Texts around the edges of a rule: of the lengths it bounds, of the patterns it has, and those a step beside them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from gapless.kit.characters import INVISIBLE_RANGES
from gapless.testing.parity.characters import ALPHABET, AWKWARD, LINE_ENDS, SPACES, drawn_character
from gapless.testing.parity.edges import Edges
from gapless.testing.parity.pattern_texts import described_text
from gapless.testing.strategies.near_misses import WILDCARDS, in_other_case

Drawing = Callable[[Random], str]
SAMPLES = 20
UNITS = ("a", "0", " ", "é", "e\u0301", "\u3000", "\U0001f600", "\u200d")
FILLINGS = ("a", "%", "_", "\u00e9", "\n")
MOST_CASED = 200
LONG = 2000
"""From this many characters on a text is drawn seldom, since thousands of them go in one statement."""
ENDS = sorted({code for first, last in INVISIBLE_RANGES for code in (first - 1, first, last, last + 1)} - {0})
"""The code points at both sides of both ends of each range of characters that nobody sees."""
LENGTHS = (50, 255, 256, 1000, 3000, 20_000)
"""What is tried where the rule bounds no length."""


def edge_texts(edges: Edges, random: Random) -> list[str]:
    """The texts that are always tried: each bound in several scripts, each member and sample with what spoils it."""
    samples = [described_text(pattern, random) for pattern in edges.patterns for _ in range(SAMPLES)]
    known = [value for value in edges.values if isinstance(value, str)]
    known += edges.parts
    texts = ["", *(_of_length(length, unit) for length in edges.lengths or LENGTHS for unit in UNITS)]
    for text in (*samples, *known):
        texts += [text, text.upper(), text.lower(), text.swapcase(), text[:-1], text[1:], text + text]
    for text in (*samples[:3], *known[:3]):
        texts += [text + end for end in (*LINE_ENDS, *SPACES)] + [space + text for space in SPACES]
    for part in edges.parts:
        texts += [text for filling in FILLINGS for text in (part + filling, filling + part, filling + part + filling)]
        texts += [part.replace(mark, other) for mark in WILDCARDS if mark in part for other in ("a", "ab", "")]
    if edges.is_cased:
        texts += [other for text in [*texts[:MOST_CASED], *known] for other in in_other_case(text)]
    if any("[:invisible:]" in pattern for pattern in edges.patterns):
        texts += [text for code in ENDS for text in (chr(code), f"a{chr(code)}", f" {chr(code)}\t")]
    return list(dict.fromkeys([*texts, *AWKWARD]))


def text_drawing(edges: Edges) -> Drawing:
    """Makes a function that draws texts around these edges; half of them are of the kinds that the rule speaks of."""
    lengths = edges.lengths or LENGTHS
    short = tuple(length for length in lengths if length < LONG)
    known = tuple(value for value in (*edges.values, *edges.parts) if isinstance(value, str))
    kinds = [_described(pattern) for pattern in edges.patterns for _ in range(3)]
    if short:
        kinds.append(lambda random: _filled(random.choice(short), random))
    if known:
        kinds += [lambda random: spoiled(random.choice(known), random)] * 3
    kinds += [_around(part) for part in edges.parts for _ in range(4)]
    kinds.append(_free)
    if edges.is_cased:
        kinds += [_cased(kind) for kind in kinds]

    def draw(random: Random) -> str:
        if random.random() < 0.003:
            return _filled(random.choice(lengths[-3:]), random)
        return random.choice(kinds)(random)

    return draw


def _described(pattern: str) -> Drawing:
    return lambda random: spoiled(described_text(pattern, random), random)


def _around(part: str) -> Drawing:
    """Texts with a part at their beginning or somewhere, or with what is nearly that part."""

    def draw(random: Random) -> str:
        before = "" if random.random() < 0.5 else _free(random)
        return before + spoiled(part, random) + (_free(random) if random.random() < 0.7 else "")

    return draw


def _cased(kind: Drawing) -> Drawing:
    """The same texts with some letters in another case, as ASCII or as Unicode knows it."""

    def draw(random: Random) -> str:
        text = kind(random)
        if random.random() < 0.3:
            return random.choice([text, *in_other_case(text)])
        return "".join(letter.swapcase() if random.random() < 0.5 else letter for letter in text)

    return draw


def _free(random: Random) -> str:
    """Draws a text of any characters, up to some length."""
    return "".join([drawn_character(random) for _ in range(random.randrange(12))])


def _filled(length: int, random: Random) -> str:
    """A text of this many code points: a few drawn characters, repeated."""
    return _of_length(length, "".join([drawn_character(random) for _ in range(random.randint(1, 5))]))


def _of_length(length: int, unit: str) -> str:
    return (unit * (length // len(unit) + 1))[:length]


def spoiled(text: str, random: Random) -> str:
    """The text as it is, or after one to three changes of a character."""
    for _ in range(random.choice((0, 0, 1, 1, 2, 3))):
        text = random.choice(CHANGES)(text, random)
    return text


def _inserted(text: str, random: Random) -> str:
    place = random.randint(0, len(text))
    return text[:place] + drawn_character(random) + text[place:]


def _removed(text: str, random: Random) -> str:
    place = random.randint(0, len(text))
    return text[:place] + text[place + 1 :]


def _replaced(text: str, random: Random) -> str:
    place = random.randint(0, len(text))
    return text[:place] + random.choice(ALPHABET) + text[place + 1 :]


def _ended(text: str, random: Random) -> str:
    return text + random.choice(LINE_ENDS)


def _spaced(text: str, random: Random) -> str:
    space = random.choice(SPACES)
    return space + text if random.random() < 0.5 else text + space


def _in_other_case(text: str, random: Random) -> str:
    place = random.randint(0, len(text))
    return text[:place] + text[place : place + 1].swapcase() + text[place + 1 :]


CHANGES: tuple[Callable[[str, Random], str], ...] = (
    _inserted,
    _removed,
    _replaced,
    _ended,
    _spaced,
    _in_other_case,
)
