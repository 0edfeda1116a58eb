"""Serverless Payments Sandbox: the shared layer.

A package by feature (`payments`, `webhooks`, `settlement`, `donations`, `stripe_api`, `request_log`) over `http`, `aws`
and `core`, each importing only what is below it; `reference` is prose, for readers of the API. Within a package, rules
know only Python, and shapes and stores know rules: `tests/walls.py` names them.
"""

VERSION = "0.1.0"
TITLE = "Serverless Payments Sandbox"
