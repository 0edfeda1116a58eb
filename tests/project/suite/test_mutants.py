"""`make mutants` runs in no tier, so the names that it goes by are tested here: modules and functions that exist."""

from importlib import import_module
from operator import attrgetter

from tests.mutants import MODULES, excused


def test_changed_modules_exist() -> None:
    for module in MODULES:
        import_module(f"paysandbox.{module}")


def test_functions_of_accepted_changes_exist() -> None:
    for function, _ in excused():
        [module] = [module for module in MODULES if function.startswith(f"{module}.")]
        assert callable(attrgetter(function.removeprefix(f"{module}."))(import_module(f"paysandbox.{module}")))
