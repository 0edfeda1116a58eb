"""By which texts orders and customers are found: what an object's own texts are, and the table that has them."""
