"""Serverless Payments Sandbox: the shared layer.

Rooms, innermost first: `errors` and `settings` (facts), `domain` (pure decisions), `table` and `contract` (how facts
are stored, how they are shown), `routes` and `openapi` (the API as data), `runtime` (the rim: clock, AWS, HTTP).
Imports point inwards only.
"""

VERSION = "0.1.0"
