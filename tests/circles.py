"""Contracts of import-linter: no modules import each other in a circle, and no rooms in both directions."""

from collections import defaultdict

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class NoCircles(Contract):
    """Imports in functions and for types count."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - as import-linter calls it
        """Return whether there is none, and the imports of those that there are."""
        found = {
            frozenset(graph.find_upstream_modules(module) & graph.find_downstream_modules(module) | {module})
            for module in graph.modules
        }
        circles = [circle for circle in found if len(circle) > 1]
        imports = [
            f"{importer} -> {imported}"
            for circle in sorted(map(sorted, circles))
            for importer in circle
            for imported in sorted(graph.find_modules_directly_imported_by(importer) & {*circle})
        ]
        return ContractCheck(kept=not circles, metadata={"imports": imports})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the imports within each circle."""
        for line in check.metadata["imports"]:
            output.print_error(f"-   {line}", bold=False)


class NoTwoWayRooms(Contract):
    """Of two rooms of a package, one at most imports the other. A room is a folder with all in it, or a module beside.

    Imports in functions and for types count.
    """

    type_name = "no_two_way_rooms"
    package = fields.StringField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - as import-linter calls it
        """Return whether there are none, and the imports of the direction that has fewer, or of both."""
        imports: dict[tuple[str, str], list[str]] = defaultdict(list)
        for importer in graph.modules:
            for imported in graph.find_modules_directly_imported_by(importer):
                one, other = self._room(importer), self._room(imported)
                if one and other and one != other:
                    imports[one, other].append(f"{importer} -> {imported}")
        both = {pair: imports.get((pair[1], pair[0]), []) for pair in sorted(imports)}
        fewer = [sorted(imports[pair]) for pair, back in both.items() if back and len(imports[pair]) <= len(back)]
        return ContractCheck(kept=not fewer, metadata={"imports": [line for lines in fewer for line in lines]})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the imports that would have to go."""
        for line in check.metadata["imports"]:
            output.print_error(f"-   {line}", bold=False)

    def _room(self, module: str) -> str:
        package, _, rest = module.partition(f"{self.package}.")
        return rest.partition(".")[0] if not package else ""
