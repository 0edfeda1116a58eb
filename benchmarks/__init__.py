"""Measurements, models and simulations of the sandbox's speed, capacity and cost."""
