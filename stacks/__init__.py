"""The infrastructure: one file per stack, all of them told by `environments.py` how large and how lasting to be."""
