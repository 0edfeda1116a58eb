"""The active currencies of ISO 4217 (list one), by the number of decimals in their minor unit.

Amounts are integers in minor units: 1250 is 12.50 USD, 1250 JPY or 1.250 KWD. Codes without a minor unit (gold, XTS,
XXX) and units of account with four decimals are excluded. A test compares this table with a maintained library.
"""

from typing import Final

_BY_DIGITS: Final = {
    0: """
    BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
    """,
    2: """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
    CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL
    HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU
    MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR
    SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED
    VES WST XAD XCD XCG YER ZAR ZMW ZWG
    """,
    3: """
    BHD IQD JOD KWD LYD OMR TND
    """,
}

MINOR_DIGITS: Final = {code: digits for digits, codes in _BY_DIGITS.items() for code in codes.split()}
"""Decimals by code (upper case): 2 for USD, 0 for JPY, 3 for KWD."""


def is_known(code: str) -> bool:
    """Whether `code` (upper case) is a supported currency: active in ISO 4217, with a minor unit."""
    return code in MINOR_DIGITS
