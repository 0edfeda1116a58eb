"""Stored events: lists, answers, log lines."""
