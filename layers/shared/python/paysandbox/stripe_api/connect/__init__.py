"""Connected accounts: which of them a platform's key may act for, and whose a merchant is."""
