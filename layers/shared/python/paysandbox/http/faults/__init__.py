"""Faults that are injected into requests: before the operation, or after it, when only the answer is lost."""
