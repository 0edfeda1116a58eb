"""Donate Now."""
