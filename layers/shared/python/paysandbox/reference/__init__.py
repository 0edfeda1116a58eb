"""API reference: documents, pages, examples."""
