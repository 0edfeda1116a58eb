"""The environment's clock: its offset from wall-clock time, shown to merchants and moved by operators."""
