"""Payment events: what they are of, the shapes of their data, and rendering."""
