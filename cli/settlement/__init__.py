"""The commands of settlement."""
