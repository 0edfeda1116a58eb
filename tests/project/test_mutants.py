"""`make mutants` runs in no tier, so the names that it goes by are tested here: modules and functions that exist."""

from importlib import import_module
from operator import attrgetter

import pytest

from tests.mutants import MODULES, excused


@pytest.mark.parametrize("module", MODULES)
def test_changed_modules_exist(module: str) -> None:
    import_module(f"paysandbox.{module}")


@pytest.mark.parametrize("function", sorted({function for function, _ in excused()}))
def test_functions_of_accepted_changes_exist(function: str) -> None:
    [module] = [module for module in MODULES if function.startswith(f"{module}.")]
    assert callable(attrgetter(function.removeprefix(f"{module}."))(import_module(f"paysandbox.{module}")))
