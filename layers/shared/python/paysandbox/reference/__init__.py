"""What is read about the API: documents, pages, examples."""
