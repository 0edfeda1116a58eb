"""The API as data: one row per route, one file per group. A handler imports its own group's rows only."""
