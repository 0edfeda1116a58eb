"""How far a reader walks: on sources that are small enough to count by hand."""

from pathlib import Path

import pytest

from benchmarks import structure

SOURCES = {
    "lambdas/shop/sell.py": """
        from paysandbox.rules import price
        from paysandbox.store.table import put
        @endpoint(SELL)
        def handler(call):
            def decide(current):
                return price(current)
            return put(decide)
    """,
    "layers/shared/python/paysandbox/rules.py": """
        def price(current: "Item"):
            return round_up(current.cost())
        def round_up(amount):
            return amount
        def never_called():
            return put
    """,
    "layers/shared/python/paysandbox/store/table.py": """
        def put(decide):
            from paysandbox.store.item import Item  # rarely
            return Item(decide)
    """,
    "layers/shared/python/paysandbox/store/item.py": """
        class Item:
            def __post_init__(self):
                self.check()
            def check(self):
                return len(self.text)
            def cost(self):
                from paysandbox import rules
                return rules.round_up(1)
    """,
}


def test_each_module_that_the_code_names_is_a_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in SOURCES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("\n".join(line.removeprefix(" " * 8) for line in text.splitlines()))
    monkeypatch.setattr(structure, "HANDLERS", {"sell": "sell"})
    # sell → rules → item (its method, by its name) → rules (a return) and table → item (a return)
    assert structure.read(tmp_path) == {"sell": structure.Read(stops=4, rooms=3, returns=2)}


def test_calls_are_counted_with_their_modules() -> None:
    assert structure._figures(["a", "a", "b", "a", "c", "c", "b"]) == structure.Run(calls=7, modules=3, returns=2)
