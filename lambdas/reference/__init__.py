"""Functions of the routes that are there to be read, and of the preflight of browsers."""
