"""The generated pages of the documentation: one module per page, each with `page()`, which returns its text."""
