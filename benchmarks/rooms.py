"""What holds Stripe's half of the layer together, counted.

    python -m benchmarks.rooms    print the counts, and what is behind each

A room is a folder of `stripe_api` with all in it, or a module beside; in `resources`, each of its folders and modules.
Each import counts as an arrow, also in functions and for types, and so does a look-up of a resource by Stripe's name of
its objects: an arrow to where it is declared. An arrow back is one against the order of the rooms that has the fewest.
The search for that order tries many beginnings and is exact only where that suffices; a seed makes it repeatable.
"""

import ast
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

from grimp import build_graph

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGE: Final = "paysandbox.stripe_api"
LAYER: Final = ROOT / "layers" / "shared" / "python"
RESOURCES: Final = "resources"
HANDLERS: Final = ROOT / "lambdas" / "stripe_api"

Arrow = tuple[str, str]

_BEGINNINGS: Final = 60
_LOOK_UPS: Final = frozenset({"read", "read_many", "make", "get_object", "get_objects"})


def room_of(module: str) -> str | None:
    """Return the room of a module, or None if it is in none."""
    inside = module.removeprefix(f"{PACKAGE}.")
    if inside == module:
        return None
    first, *rest = inside.split(".")
    return ".".join((first, *rest[:1])) if first == RESOURCES else first


def arrows_of(imports: Mapping[str, Collection[str]]) -> set[Arrow]:
    """Return the arrows between rooms, of imports by module."""
    pairs = {(room_of(importer), room_of(each)) for importer, imported in imports.items() for each in imported}
    return {(one, other) for one, other in pairs if one and other and one != other}


def both_ways(arrows: Collection[Arrow]) -> list[Arrow]:
    """Return the pairs of rooms that have arrows in both directions."""
    return sorted((one, other) for one, other in arrows if one < other and (other, one) in arrows)


def arrows_back(arrows: Collection[Arrow]) -> list[Arrow]:
    """Return the arrows against the best order of the rooms that was found."""
    rooms = sorted({room for arrow in arrows for room in arrow})
    chance = random.Random(1)
    found = min(
        (_against(_improved(chance.sample(rooms, len(rooms)), arrows), arrows) for _ in range(_BEGINNINGS)), key=len
    )
    return sorted(found)


def _against(order: Sequence[str], arrows: Collection[Arrow]) -> list[Arrow]:
    place = {room: number for number, room in enumerate(order)}
    return [(one, other) for one, other in arrows if place[one] > place[other]]


def _improved(order: list[str], arrows: Collection[Arrow]) -> list[str]:
    """Move one room at a time to its best place, until none has a better one."""
    after, before = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for one, other in arrows:
        after[one].add(other)
        before[other].add(one)
    is_better = True
    while is_better:
        is_better = False
        for room in [*order]:
            others = [each for each in order if each != room]
            # At the front, each arrow to it is against the order. Each room that it passes changes that.
            costs = [sum(each in before[room] for each in others)]
            for passed in others:
                costs.append(costs[-1] - (passed in before[room]) + (passed in after[room]))
            best = min(range(len(costs)), key=costs.__getitem__)
            if costs[best] < costs[order.index(room)]:
                order = [*others[:best], room, *others[best:]]
                is_better = True
    return order


def circles(imports: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Return the modules that import each other in a circle."""
    reached = {module: _reached(module, imports) for module in imports}
    together = {
        tuple(sorted({other for other in reached[module] if module in reached.get(other, ())})) for module in imports
    }
    return sorted([*circle] for circle in together if len(circle) > 1)


def _reached(module: str, imports: Mapping[str, Collection[str]]) -> set[str]:
    seen, left = set[str](), [*imports[module]]
    while left:
        if (each := left.pop()) not in seen:
            seen.add(each)
            left += imports.get(each, ())
    return seen


def looked_up(source: str) -> set[str]:
    """Return the texts by which a module may look a resource up: in `RESOURCES`, and in calls that read objects."""
    found = set[str]()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Subscript(value=ast.Name(id="RESOURCES"), slice=ast.Constant(value=str(name))):
                found.add(name)
            case ast.Call(func=ast.Attribute(attr=called) | ast.Name(id=called), args=[*values]) if called in _LOOK_UPS:
                found |= {
                    value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)
                }
    return found


def _imports() -> dict[str, set[str]]:
    sys.path.insert(0, str(LAYER))
    graph = build_graph("paysandbox", cache_dir=None)
    return {module: {*graph.find_modules_directly_imported_by(module)} for module in graph.modules if room_of(module)}


def _declared_in(modules: Collection[str]) -> dict[str, str]:
    """Return the module that declares each resource, by Stripe's name of its objects."""
    kit = import_module(f"{PACKAGE}.resource_kit.declaration")
    declared: dict[str, str] = {}
    for module in sorted(modules):
        source = _path(module).read_text(encoding="utf-8")
        if "Resource(" in source:
            for value in vars(import_module(module)).values():
                if isinstance(value, kit.Resource) and "Final = kit.Resource(" in source:
                    declared.setdefault(value.object, module)
    return declared


def _path(module: str) -> Path:
    folder = LAYER.joinpath(*module.split("."))
    return folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")


def _classes(modules: Collection[str]) -> Iterator[tuple[int, str]]:
    for module in modules:
        for value in vars(import_module(module)).values():
            if isinstance(value, type) and value.__module__ == module and is_dataclass(value):
                yield len(vars(value).get("__annotations__", ())), f"{module}.{value.__qualname__}"


def main() -> None:
    """Print the counts."""
    imports = _imports()
    declared = _declared_in(imports)
    for module, imported in imports.items():
        imported |= {
            declared[name] for name in looked_up(_path(module).read_text(encoding="utf-8")) if name in declared
        }
    arrows = arrows_of(imports)
    handlers = [file for file in HANDLERS.rglob("*.py") if file.name != "__init__.py"]
    folder, modules = Counter(
        _path(module).parent for module in imports if _path(module).name != "__init__.py"
    ).most_common(1)[0]
    size, largest = max(_classes(imports))
    facts: list[tuple[str, int, Sequence[object]]] = [
        ("rooms", len({room for arrow in arrows for room in arrow}), ()),
        ("arrows between them", len(arrows), ()),
        ("pairs with arrows in both directions", len(both_ways(arrows)), both_ways(arrows)),
        ("arrows back", len(back := arrows_back(arrows)), back),
        ("circles of modules", len(round_ := circles(imports)), round_),
        ("files of handlers", len(handlers), ()),
        ("modules of the largest folder", modules, [folder.relative_to(LAYER)]),
        ("fields of the largest class", size, [largest]),
    ]
    for name, count, behind in facts:
        print(f"{count:5}  {name}", *(f"       {each}" for each in behind), sep="\n")


if __name__ == "__main__":
    main()
