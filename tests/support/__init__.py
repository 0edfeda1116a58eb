"""What tests share: builders, tables and calls. No tests here."""
