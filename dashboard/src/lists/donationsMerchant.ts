/** The merchant that takes donations, and whose key lists them (donations/donation.py). */
export const DONATIONS_MERCHANT = "donate-now";
