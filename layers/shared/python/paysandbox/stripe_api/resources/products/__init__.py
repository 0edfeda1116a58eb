"""Products, what a merchant sells, and their prices."""
