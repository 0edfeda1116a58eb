"""Handlers of rules that inject faults."""
