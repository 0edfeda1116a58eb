"""Domain primitives that every feature uses. Imports the standard library only."""
