"""The commands of the donations."""
