"""A contract of import-linter: no modules import each other in a circle."""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output


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
