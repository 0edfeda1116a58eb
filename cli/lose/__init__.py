"""`paysandbox lose`: lose the answers of a team's own calls one at a time, and judge the money from the ledger."""
