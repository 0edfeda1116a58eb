"""Serverless Payments Sandbox: the shared layer.

Rooms, innermost first: `errors`, `settings` and `cors` (facts), `domain` (pure decisions), `table` and `contract` (how
facts are stored, how they are shown), `routes` and `openapi` (the API as data), `runtime` (the rim: clock, AWS, HTTP).
`advice`, `examples` and `pages` are prose, for who reads and not for who pays.
Imports point inwards only.
"""

VERSION = "0.1.0"
TITLE = "Serverless Payments Sandbox"
