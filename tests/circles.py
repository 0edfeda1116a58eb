"""A contract of import-linter: no modules import each other in a circle, except known ones (tests/walls.py)."""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class NoCircles(Contract):
    """Each of `known` is a set of modules. A circle of all of them, or of some, is allowed."""

    known = fields.ListField(subfield=fields.StringField(), required=False, default=[])

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - as import-linter calls it
        """Return whether there are only known circles, and the others."""
        known: Any = self.known
        allowed = [{*circle.split()} for circle in known]
        found = {
            frozenset(graph.find_upstream_modules(module) & graph.find_downstream_modules(module) | {module})
            for module in graph.modules
        }
        others = [circle for circle in found if len(circle) > 1 and not any(circle <= one for one in allowed)]
        imports = [
            f"{importer} -> {imported}"
            for circle in sorted(map(sorted, others))
            for importer in circle
            for imported in sorted(graph.find_modules_directly_imported_by(importer) & {*circle})
        ]
        return ContractCheck(kept=not others, metadata={"imports": imports})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the imports within each circle."""
        for line in check.metadata["imports"]:
            output.print_error(f"-   {line}", bold=False)
