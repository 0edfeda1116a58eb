"""Invoice items."""
