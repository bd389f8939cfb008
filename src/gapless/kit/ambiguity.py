"""How often a backtracking engine may go back over a text, because a pattern can read it in several ways.

A pattern is a graph of places, one for each character that it writes down; to read a text is to walk through the
graph. Where two next places accept the same character, the engine has to guess, and it goes back after a wrong guess.
If a loop can read the same text in two ways and come back to the same place, each round doubles the guesses: such a
pattern is refused. Other guesses only multiply, and in a loop at most once for each character; they are counted.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from functools import lru_cache

import attrs

from gapless.kit.errors import DeclarationError
from gapless.kit.loops import loops_of
from gapless.kit.pattern_trees import Choice, Letters, Repeat, Sequence, Tree, lengths, tree_of, written_out
from gapless.kit.patterns import quoted

GREATEST_PLACES = 2000
GREATEST_WRITTEN_OUT = 10_000
"""How many characters a pattern may have when each repetition is written out, as PostgreSQL compiles it."""
GREATEST_PAIRS = 100_000
GREATEST_WAYS = 1000
"""In how many ways an engine may read a text of any length; it reads the text to its end in each of them."""
START, END = -1, -2
"""Marks the place before the first one, and the place after the last one, where an engine looks for the end."""
Pair = tuple[int, int]


@attrs.frozen
class Guessing:
    """How much a pattern makes an engine guess.

    loops: through how many loops with guesses a text can lead, at most; each may last as long as the text.
    ways: how many ways the guesses outside of loops make, at most, with the guesses between the last character and
        the end.
            the end.
    """

    loops: int
    ways: int

    def steps(self, longest: float) -> float:
        """How many steps a text of this length takes, at most; for an infinite length, the steps per character."""
        if longest == math.inf and self.loops == 0 and self.ways <= GREATEST_WAYS:
            return self.ways
        return longest ** (self.loops + 1) * self.ways if longest else self.ways


@attrs.define(eq=False)
class _Places:
    """The places of a pattern, what each reads, and which places can follow it, counted by the ways to get there.

    With `folded`, a repetition with bounds counts as a loop, which can read a text in at least as many ways.
    """

    folded: bool
    reads: list[frozenset[int]] = attrs.field(factory=list)
    follow: dict[int, Counter[int]] = attrs.field(factory=dict)

    def add(self, letters: frozenset[int]) -> int:
        """Adds a place, and returns its number."""
        if len(self.reads) == GREATEST_PLACES:
            raise _Refused(f"written out, it has more than {GREATEST_PLACES} characters: repeat fewer of them")
        self.reads.append(letters)
        self.follow[len(self.reads) - 1] = Counter()
        return len(self.reads) - 1

    def join(self, lasts: Counter[int], firsts: Counter[int]) -> None:
        """Lets each of `firsts` follow each of `lasts`."""
        for last, ways in lasts.items():
            for first, more in firsts.items():
                self.follow[last][first] += ways * more


@attrs.frozen(eq=False)
class _Part:
    """A part of a pattern: where it can begin and end, and in how many ways it can read nothing."""

    firsts: Counter[int]
    lasts: Counter[int]
    nothing: int


class _Refused(Exception):  # it never leaves this module
    """Why a pattern is refused."""


def steps(pattern: str, longest: float) -> float:
    """The best upper bound on the steps that a backtracking engine takes for a text of this length."""
    return min(found.steps(longest) for found in guessing(pattern))


@lru_cache(maxsize=1024)
def guessing(pattern: str) -> tuple[Guessing, ...]:
    """How much a pattern makes a backtracking engine guess, counted in one way or in two.

    Raises:
        DeclarationError: for some texts the time doubles with every character, or the pattern is too large to tell.
    """
    tree, folded = tree_of(pattern), _Places(folded=True)
    try:
        whole = _part(tree, folded)
        loops = loops_of(folded.follow)
        for loop in loops:
            _require_one_way(folded, loop)
        _require_compilable(tree)
    except _Refused as refused:
        raise DeclarationError(f"Pattern {quoted(pattern)}: {refused}.") from None
    found = _counted(folded, whole, loops)
    unfolded = _Places(folded=False)
    try:
        whole = _part(tree, unfolded)
    except _Refused:
        return (found,)
    return found, _counted(unfolded, whole, loops_of(unfolded.follow))


def _require_compilable(tree: Tree) -> None:
    """Refuses a pattern that is too large for PostgreSQL, which would refuse it only at the first row."""
    if written_out(tree) > GREATEST_WRITTEN_OUT:
        raise _Refused(
            f"with every repetition written out it has more than {GREATEST_WRITTEN_OUT:,} characters, and PostgreSQL "
            "compiles it so: repeat less inside of a repetition, and bound the whole text by a Check of its length"
        )


def _part(tree: Tree, places: _Places) -> _Part:
    """Adds the places of a part, with the names of Glushkov's construction; here the ways are counted as well."""
    match tree:
        case Letters(those):
            place = Counter({places.add(those): 1})
            return _Part(place, place, 0)
        case Sequence(parts):
            found = _Part(Counter(), Counter(), 1)
            for part in parts:
                found = _behind(found, _part(part, places), places)
            return found
        case Choice(parts):
            each = [_part(part, places) for part in parts]
            return _Part(
                _together(part.firsts for part in each),
                _together(part.lasts for part in each),
                sum(part.nothing for part in each),
            )
        case Repeat():
            return _repeated(tree, places)


def _behind(one: _Part, other: _Part, places: _Places) -> _Part:
    places.join(one.lasts, other.firsts)
    firsts = one.firsts + _times(other.firsts, one.nothing)
    lasts = other.lasts + _times(one.lasts, other.nothing)
    return _Part(firsts, lasts, one.nothing * other.nothing)


def _together(each: Iterable[Counter[int]]) -> Counter[int]:
    """Adds all counters into the first one, in place, because a pattern may have a thousand alternatives."""
    found: Counter[int] = Counter()
    for places in each:
        found.update(places)
    return found


def _times(places: Counter[int], ways: int) -> Counter[int]:
    return Counter({place: count * ways for place, count in places.items() if ways})


def _repeated(tree: Repeat, places: _Places) -> _Part:
    """Adds a repetition; its rounds are written out if their number is fixed, or if nothing is folded."""
    part, least, greatest = tree.part, tree.least, tree.greatest
    if greatest == 0:
        return _Part(Counter(), Counter(), 1)
    shortest, longest = lengths(part)
    if greatest != 1 and shortest == 0:
        raise _Refused(
            "a repeated part can be empty, so that an engine repeats it again and again: leave out its inner * or ?, "
            "or its empty alternative"
        )
    if least == greatest and (shortest == longest or least == 1):
        return _part(Sequence((part,) * least), places)
    if greatest is not None and greatest > 1 and not places.folded:
        return _written_out(part, least, greatest, places)
    found = _part(part, places)
    if greatest != 1:
        places.join(found.lasts, found.firsts)
    return attrs.evolve(found, nothing=found.nothing + (least == 0))


def _written_out(part: Tree, least: int, greatest: int, places: _Places) -> _Part:
    """Adds the rounds one after another; who leaves out an optional round leaves out all rounds after it."""
    rounds = [_part(part, places) for _ in range(greatest)]
    found = _Part(Counter(), Counter(), 1)
    for place in reversed(range(greatest)):
        found = _behind(rounds[place], found, places)
        if place >= least:
            found = attrs.evolve(found, nothing=found.nothing + 1)
    return found


def _require_one_way(places: _Places, loop: frozenset[int]) -> None:
    """Refuses a loop that can read some text in two ways and come back to the same place."""
    came_from: dict[Pair, Pair | None] = {(place, place): None for place in loop}
    waiting = deque(came_from)
    while waiting:
        pair = waiting.popleft()
        for after, is_double in _next_pairs(places, loop, pair):
            if is_double or (after[0] == after[1] and pair[0] != pair[1]):
                raise _Refused(_two_ways(_text(places, came_from, pair) + _letter(places, after)))
            if after not in came_from:
                came_from[after] = pair
                waiting.append(after)
        if len(came_from) > GREATEST_PAIRS:
            raise _Refused(
                "too many of its places read the same characters to tell how long a text can take: simplify it"
            )


def _next_pairs(places: _Places, loop: frozenset[int], pair: Pair) -> Iterator[tuple[Pair, bool]]:
    """The pairs of places that can follow on one character, and whether two ways lead from one place to one."""
    one, other = pair
    for first, ways in places.follow[one].items():
        for second in places.follow[other]:
            ordered = first <= second or one != other
            if first in loop and second in loop and ordered and places.reads[first] & places.reads[second]:
                yield (first, second), one == other and first == second and ways > 1


def _text(places: _Places, came_from: dict[Pair, Pair | None], pair: Pair) -> str:
    """The characters that lead to this pair of places from the place where both began."""
    text, at = "", pair
    while (before := came_from[at]) is not None:
        text, at = _letter(places, at) + text, before
    return text


def _letter(places: _Places, pair: Pair) -> str:
    shared = places.reads[pair[0]] & places.reads[pair[1]]
    return next((chr(code) for code in sorted(shared, key=_plainness)), "")


def _plainness(code: int) -> tuple[bool, int]:
    return not chr(code).isalnum(), -code if chr(code).isupper() else code


def _two_ways(text: str) -> str:
    return (
        f"a repeated part can read {text!r} in two ways, so each time that this stands in a text the time doubles: "
        "let each round begin or end with a character that the rest of the round can't be, as in (?:[a-z]+-)+"
    )


def _counted(places: _Places, whole: _Part, loops: list[frozenset[int]]) -> Guessing:
    """The most guesses on a way from the start, of the loops and of the places outside of them, in their order."""
    home = {place: loop for loop in loops for place in loop}
    to_end = {START: whole.nothing, **whole.lasts}
    follow = {
        place: following + Counter({END: to_end.get(place, 0)})
        for place, following in ((START, whole.firsts), *places.follow.items())
    }
    follow[END] = Counter()
    best: dict[int, tuple[int, int]] = {}

    def most(place: int) -> tuple[int, int]:
        """The most loops with guesses from this place on, and the most ways of the other guesses."""
        inside = home.get(place, frozenset({place}))
        guesses = max(_alike(places, follow[each]) for each in inside)
        after = [best[each] for member in inside for each in follow[member] if each not in inside]
        loops_after = max((loops for loops, _ in after), default=0)
        ways_after = max((ways for _, ways in after), default=1)
        if place in home:
            return loops_after + (guesses > 1), ways_after
        return loops_after, ways_after * max(guesses, 1)

    for place in _last_first(follow, home):
        found = most(place)
        best.update(dict.fromkeys(home.get(place, (place,)), found))
    return Guessing(*best[START])


def _alike(places: _Places, following: Counter[int]) -> int:
    """How many of the following places read one and the same character, or the end."""
    count: Counter[int] = Counter()
    for place, ways in following.items():
        for letter in (END,) if place == END else places.reads[place]:
            count[letter] += ways
    return max(count.values(), default=0)


def _last_first(follow: dict[int, Counter[int]], home: dict[int, frozenset[int]]) -> list[int]:
    """One place of each loop, and all other places, each after those that can follow it."""
    ordered: list[int] = []
    seen: set[int] = set()
    path: list[tuple[int, Iterator[int]]] = [(START, iter(follow[START]))]
    seen.add(START)
    while path:
        place, following = path[-1]
        after = next((each for each in following if each not in seen), None)
        if after is None:
            path.pop()
            ordered.append(place)
        else:
            inside = home.get(after, frozenset({after}))
            seen |= inside
            path.append((after, iter([each for member in inside for each in follow[member]])))
    return ordered
