"""Find a merchant's objects by whatever names them."""
