"""`python -m benchmarks.cost`."""

from benchmarks import cost
from benchmarks.measuring.command import command

if __name__ == "__main__":
    command("cost", cost.measure, cost.__doc__)
