"""Shared test helpers: builders, tables and API calls. Contains no tests."""
