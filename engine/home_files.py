"""The names of files and folders in a home that both the program and the engine know."""

from typing import Final

SERVED_NAME: Final = "served.json"
"""The file with the paths and hosts that the wall passes to the API (engine/wall/wall.py)."""

PAYPAL_FOLDER_NAME: Final = "paypal"
"""The folder of PayPal's simulator: its account and its payouts. No image has it."""

DISCARDED_NAME: Final = "discarded"
"""The folder of what earlier runs left, which the engine removes while it runs."""
