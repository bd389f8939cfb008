"""What is declared or written once stands in no second module: entities, their rules, and long functions."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import TypeVar

import attrs

from gapless import kit
from gapless.kit import AuditedEntity, Entity, Rule
from gapless.kit.soft_deletion import FIELDS
from tests.unit.architecture.syntax import statements

ROOT = Path(__file__).parents[3]
CODE = ("src", "tests", "benchmarks", "scripts")
BASES = {Entity.__name__, AuditedEntity.__name__}
KINDS = {name for name, value in vars(kit).items() if isinstance(value, type) and issubclass(value, Rule)}
OF_MANY = {"organization_id", "id", "created_at", "version", *FIELDS}
"""The fields that entities have because the kit asks for them."""
FEW = {"fields": 4, "rules": 2}
"""How many fields of two entities, and how many rules of two modules, may have the same names."""
LONG = 4
"""How many lines a function has below its docstring that two modules must not both write."""
DEPTH = 4
"""How deep the outside of a function goes: few functions are alike so far that are no copies."""
INDEPENDENT = {
    "tests/unit/domain/pattern_language.py": "What patterns mean is compared with a second reading.",
    "src/gapless/testing/laws/workspaces.py": "Laws know no service, and a Casting compares its root with theirs.",
    "src/gapless/testing/laws/members.py": "Laws know no service, and a Casting compares its members with theirs.",
}
"""The modules that say something again in order to check what the code says, and why."""
ASKED = re.compile(rf"\b(?:{'|'.join(sorted(KINDS))})\s*\(")
"""Where a module declares a rule; no other has to be looked through."""
NAMED = re.compile(r"(?<=Name\(id=')\w+|(?<=\barg\(arg=')\w+")
"""A name of a variable or a parameter in the dump of a tree; what is called by a keyword keeps its name."""
Sources = Mapping[str, str]
Key = TypeVar("Key")
T = TypeVar("T")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@attrs.frozen
class Written:
    """What a module declares and writes; its tree is not kept, because all of them together are large.

    Attributes:
        entities: the names of its entities that have more than a few fields, with the fields.
        rules: the names of its rules.
        functions: the kinds of what its long functions have on the outside, with the lines where they begin.
    """

    entities: tuple[tuple[str, frozenset[str]], ...]
    rules: frozenset[str]
    functions: tuple[tuple[Hashable, int], ...]


def copies(sources: Sources) -> tuple[list[str], list[str], list[str]]:
    """The entities, the rules and the long functions that stand in two of these modules, with both modules."""
    written = {path: _written(source) for path, source in sources.items()}
    return [*copied_entities(written)], [*copied_rules(written)], [*copied_functions(written, sources)]


def _written(source: str) -> Written:
    tree = ast.parse(source)
    classes = (node for node in statements(tree.body) if isinstance(node, ast.ClassDef))
    entities = [(node.name, _fields(node)) for node in classes if {_last(base) for base in node.bases} & BASES]
    return Written(
        entities=tuple((name, fields) for name, fields in entities if len(fields) > FEW["fields"]),
        rules=frozenset(_rules(tree)) if ASKED.search(source) else frozenset(),
        functions=tuple((_outside(function), function.lineno) for function in _functions(tree.body)),
    )


def copied_entities(modules: Mapping[str, Written]) -> Iterator[str]:
    """The entities that have more than a few fields of one in another module, with both modules."""
    classes = [(path, *entity) for path, module in modules.items() for entity in module.entities]
    for (path, name, fields), (other, copy, again) in combinations(classes, 2):
        if path != other and len(fields & again) > FEW["fields"]:
            yield f"{path}: {name} and {other}: {copy}"


def _fields(node: ast.ClassDef) -> frozenset[str]:
    return frozenset(ast.unparse(part.target) for part in node.body if isinstance(part, ast.AnnAssign)) - OF_MANY


def copied_rules(modules: Mapping[str, Written]) -> Iterator[str]:
    """The modules that declare more than a few rules of the same names."""
    names = [(path, module.rules) for path, module in modules.items() if module.rules]
    for (one, declared), (other, again) in combinations(names, 2):
        if len(declared & again) > FEW["rules"]:
            yield f"{one} and {other}: {', '.join(sorted(declared & again))}"


def _rules(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        match node:
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]) if _last(function) in KINDS:
                yield name


def copied_functions(modules: Mapping[str, Written], sources: Sources) -> Iterator[str]:
    """The long functions that another module has under the same or other names of variables, with both modules."""
    found = ((shape, path, line) for path, module in modules.items() for shape, line in module.functions)
    # Few functions have the same outside, so that few modules are read again, to compare to the last name.
    alike = [*_in_two_modules(found)]
    trees = {path: ast.parse(sources[path]) for places in alike for path, _ in places}
    functions = {(path, node.lineno): node for path, tree in trees.items() for node in _functions(tree.body)}
    for places in alike:
        of_shape = [(path, functions[path, line]) for path, line in places]
        yield from map(_told, _in_two_modules((_nameless(each), path, each.name) for path, each in of_shape))


def _lines(function: Function) -> int:
    first, last = _body(function)[:1], function.body[-1]
    return (last.end_lineno or 0) - first[0].lineno + 1 if first else 0


def _body(function: Function) -> list[ast.stmt]:
    return function.body[1:] if ast.get_docstring(function) is not None else function.body


def _outside(function: Function) -> Hashable:
    parts: list[ast.AST] = [*_body(function)]
    shape = [len(function.args.args)]
    for _ in range(DEPTH):
        shape.append(hash(tuple(map(type, parts))))
        parts = [inner for part in parts for inner in ast.iter_child_nodes(part)]
    return tuple(shape)


def _nameless(function: Function) -> str:
    """The function with numbers for its names, in their order, so that a copy with other names is equal."""
    numbers: dict[str, str] = {}
    dumped = " ".join(ast.dump(part) for part in (function.args, *_body(function)))
    return NAMED.sub(lambda name: numbers.setdefault(name.group(), str(len(numbers))), dumped)


def _functions(body: Iterable[ast.stmt]) -> Iterator[Function]:
    for node in body:
        if isinstance(node, Function):
            yield from (node,) if _lines(node) >= LONG else ()
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body)


def _in_two_modules(found: Iterable[tuple[Key, str, T]]) -> Iterator[list[tuple[str, T]]]:
    """What has one key in several modules: of each the module and the thing."""
    grouped = defaultdict(list)
    for key, path, thing in found:
        grouped[key].append((path, thing))
    return (places for places in grouped.values() if len({path for path, _ in places}) > 1)


def _told(places: Iterable[tuple[str, str]]) -> str:
    return " and ".join(f"{path}: {name}" for path, name in places)


def _last(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


def test_nothing_stands_in_two_modules() -> None:
    """No two modules declare the same entity or the same rules, and no two have the same long function."""
    paths = {str(path.relative_to(ROOT)): path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))}
    sources = {name: path.read_text() for name, path in paths.items() if name not in INDEPENDENT}
    assert copies(sources) == ([], [], [])
    assert INDEPENDENT.keys() <= paths.keys()


FIRST = """
class Shelf(Entity):
    name: str
    label: str
    room: str
    size: int
    wall: str

def shelf_rules(shelf):
    yield Check("shelves_name", "A name.", shelf.name != "")
    yield kit.Unique("shelves_unique", "Another one.", (shelf.name,))
    yield Check("shelves_label", "A label.", shelf.label != "")
    yield Check("shelves_size", "A size.", shelf.size > 0)

async def filled(store, shelf, books):
    '''Fills a shelf.'''
    async with store.unit(shelf.home) as unit:
        for book in sorted(books, key=lambda book: book.title):
            await unit.of(Book).add(book.placed(shelf.id, at=shelf.next_place))
        await unit.commit()
"""


def planted(second: str) -> tuple[list[str], list[str], list[str]]:
    """What is found when this is the second module."""
    return copies({"one": FIRST, "two": second})


def test_planted_copies_are_found() -> None:
    """Planted: a copy is named, also with other names of class, function and variables; another text is not."""
    names = "shelves_label, shelves_name, shelves_size, shelves_unique"
    copy = (
        FIRST.replace("Shelf(Entity):", "Rack(kit.Entity):\n    owner: str")
        .replace("filled", "packed")
        .replace("books", "volumes")
    )
    assert planted(copy) == (
        ["one: Shelf and two: Rack"],
        [f"one and two: {names}"],
        ["one: shelf_rules and two: shelf_rules", "one: filled and two: packed"],
    )
    other = (
        FIRST.replace("room: ", "floor: ")
        .replace("shelves_name", "a")
        .replace("_size", "_depth")
        .replace("add", "save")
    )
    assert planted(other) == ([], [], [])
    assert planted("") == ([], [], [])
