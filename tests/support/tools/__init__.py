"""Readers of documents, templates and packages, checks of answers, and the tiers of the tests."""
