"""The route of postings."""
