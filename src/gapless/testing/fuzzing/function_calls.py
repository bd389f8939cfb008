"""Calls of what needs no store: functions, and the constructors of entities, with something hostile."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import cast

import attrs
from hypothesis import strategies as st

from gapless.kit import model_of
from gapless.kit.errors import GaplessError
from gapless.kit.model import Validated
from gapless.testing.differential.runner import refusal_of
from gapless.testing.differential.vocabulary import Vocabulary
from gapless.testing.fuzzing.hostile import HOSTILE, Hostile, hostile_values
from gapless.testing.fuzzing.refusals import NumberedCall, require_bounded

Function = Callable[..., object]
A_NUMBER = 1 << 64


@attrs.frozen
class FunctionCall:
    """One call.

    Attributes:
        name: which function, as in `Functions`.
        hostile: what it is given, by the parameter's name.
    """

    name: str
    hostile: Mapping[str, Hostile]


@attrs.frozen(slots=False)
class Functions:
    """What is called.

    Attributes:
        named: the functions, by the names that calls have for them.
        right: what is given for a parameter without a default where nothing hostile is.
        without_values: the parameters that take a piece of a program and no value: nothing hostile is given for them.
    """

    named: Mapping[str, Function]
    right: Mapping[str, object] = attrs.field(factory=dict, kw_only=True)
    without_values: Sequence[str] = attrs.field(default=(), kw_only=True)

    @cached_property
    def parameters(self) -> Mapping[str, tuple[str, ...]]:
        """The parameters of each function that take a value."""
        taken = {name: tuple(inspect.signature(function).parameters) for name, function in self.named.items()}
        return {name: tuple(each for each in names if each not in self.without_values) for name, names in taken.items()}

    @cached_property
    def needed(self) -> Mapping[str, Mapping[str, object]]:
        """What is right for the parameters without a default of each function."""
        return {name: {each: self.right[each] for each in self._needed_by(name)} for name in self.named}

    def _needed_by(self, name: str) -> Iterator[str]:
        for parameter in inspect.signature(self.named[name]).parameters.values():
            if parameter.default is parameter.empty and parameter.name in self.right:
                yield parameter.name


class Constructor:
    """Makes an entity of right values, and of what else it is given.

    Args:
        words: has rows of it.
        entity: the class.
    """

    def __init__(self, words: Vocabulary, entity: type[Validated]) -> None:
        self._words = words
        self.entity = entity
        columns = model_of(entity).columns
        keyword = inspect.Parameter.KEYWORD_ONLY
        parameters = [inspect.Parameter(column.name, keyword, default=None) for column in columns]
        self.__signature__ = inspect.Signature(parameters)

    def __call__(self, **given: object) -> object:
        """The entity, checked.

        Raises:
            RuleViolated: it breaks a rule.
        """
        row = _made(self._words, self.entity)
        model = model_of(type(row))
        right = model.values_by_column(row)
        return cast(Function, type(row))(**{**right, **given})


def _made(words: Vocabulary, entity: type[Validated]) -> Validated:
    """A right row of an entity, of a root that no store has."""
    root_key = words.root_key_of(A_NUMBER)
    own = words.places[entity].at(root_key, 0) if entity in words.places else root_key
    return words.fresh[entity](root_key, own, 0)


def constructors(words: Vocabulary) -> dict[str, Function]:
    """The constructors of the entities that a vocabulary speaks of, by name."""
    return {entity.__name__: Constructor(words, entity) for entity in words.fresh}


def function_calls(
    functions: Functions, most: int, *, least: int = 1, hostile: st.SearchStrategy[Hostile] = HOSTILE
) -> st.SearchStrategy[tuple[FunctionCall, ...]]:
    """Sequences of calls.

    Args:
        functions: what is called.
        most: how many calls there are at most.
        least: and at least.
        hostile: what is given.
    """
    drawn = [_calls_of(name, names, hostile) for name, names in functions.parameters.items() if names]
    return st.lists(st.one_of(drawn), min_size=least, max_size=most).map(tuple)


def single_calls(functions: Functions) -> Iterator[FunctionCall]:
    """Every function with every hostile value for each of its parameters, beside right ones.

    An entity reads its columns by their types, so one of each type is enough.
    """
    seen: set[object] = set()
    for name, parameters in functions.parameters.items():
        function = functions.named[name]
        for parameter in parameters:
            if isinstance(function, Constructor):
                read = attrs.evolve(model_of(function.entity).column(parameter), name="")
                if read in seen:
                    continue
                seen.add(read)
            yield from (FunctionCall(name, {parameter: each}) for each in hostile_values())


def _calls_of(
    name: str, parameters: Sequence[str], hostile: st.SearchStrategy[Hostile]
) -> st.SearchStrategy[FunctionCall]:
    spoiled = st.dictionaries(st.sampled_from(parameters), hostile, min_size=1, max_size=3)
    return st.builds(FunctionCall, st.just(name), spoiled)


def make_function_calls(functions: Functions, program: Sequence[FunctionCall]) -> None:
    """Makes the calls: each answers, or raises an error of gapless.

    Raises:
        BadRefusal: an error says too much.
        Exception: what a function raised that is no error of gapless.
    """
    for number, call in enumerate(program, 1):
        hostile = {name: value.made() for name, value in call.hostile.items()}
        try:
            functions.named[call.name](**{**functions.needed[call.name], **hostile})
        except GaplessError as error:
            require_bounded(refusal_of(error), NumberedCall(number, call))
