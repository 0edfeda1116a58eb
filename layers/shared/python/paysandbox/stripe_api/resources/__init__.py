"""The resources of the kit: a file for each, which declares it from top to bottom."""
