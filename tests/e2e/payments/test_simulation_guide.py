"""The lines of docs/how-to/simulation.md on the deployed sandbox: the first one after each preparation.

tests/simulate/handlers/test_guide.py has all others, except those that need more than a handler.
"""

import pytest

from tests.e2e.conftest import Sandbox
from tests.support.tools.simulation_guide import Line, lines
from tests.support.tools.tiers import first_of_each

LINES = [*lines()]
FIRST = first_of_each(LINES, by=lambda line: line.before)


@pytest.mark.full
@pytest.mark.parametrize("line", [one for one in LINES if FIRST(one) or one.needs_more_than_handlers], ids=str)
def test_lines_work_as_written(line: Line, sandbox: Sandbox) -> None:
    def run(words: list[str]) -> str:
        done = sandbox.run(*words, "--json", check=False)
        assert done.returncode in {0, 1}, done.stderr
        return done.stdout if done.returncode == 0 else done.stderr

    line.check(run)
