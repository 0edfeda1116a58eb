"""Paths below the current folder and the home are shown short."""

from pathlib import Path

import pytest

from cli.terminal.short_paths import with_short_paths

HOME = Path("/home/ada")


@pytest.mark.parametrize(
    "text, here, shown",
    [
        ("/home/ada/shop/pay.py", "/home/ada/shop", "pay.py"),
        ("/home/ada/other/pay.py", "/home/ada/shop", "~/other/pay.py"),
        ("/srv/pay.py", "/home/ada/shop", "/srv/pay.py"),
        ("--log=/home/ada/shop/log '/home/ada/shop/a b'", "/home/ada/shop", "--log=log 'a b'"),
        ("/mnt/home/ada/shop/pay.py", "/home/ada/shop", "/mnt/home/ada/shop/pay.py"),
        ("/home/ada/shop2/pay.py", "/home/ada/shop", "~/shop2/pay.py"),
        ("/home/ada/pay.py", "/home/ada", "pay.py"),
        ("/home/ada/pay.py /pay.py", "/", "~/pay.py /pay.py"),
        ("/home/ada/shop", "/home/ada/shop", "~/shop"),
    ],
)
def test_paths_are_short(text: str, here: str, shown: str) -> None:
    assert with_short_paths(text, Path(here), HOME) == shown
