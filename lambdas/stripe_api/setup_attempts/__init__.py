"""The handler of setup attempts."""
