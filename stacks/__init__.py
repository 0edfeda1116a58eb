"""The infrastructure: one module per stack, in four folders. `environments.py` sets their size and retention."""
