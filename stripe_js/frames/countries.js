/** Countries and territories by their codes (ISO 3166-1), without those under comprehensive sanctions. */
const CODES =
  "AC AD AE AF AG AI AL AM AO AQ AR AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW " +
  "BY BZ CA CD CF CG CH CI CK CL CM CN CO CR CV CW CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FO " +
  "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IS IT JE " +
  "JM JO JP KE KG KH KI KM KN KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MK ML MM MN MO " +
  "MQ MR MS MT MU MV MW MX MY MZ NA NC NE NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PY " +
  "QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SZ TA TC TD TF TG TH TJ TK TL " +
  "TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VN VU WF WS XK YE YT ZA ZM ZW";

/** The states of the United States, of which an address names one by its code. */
const STATES =
  "AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|" +
  "DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|" +
  "KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|" +
  "MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|" +
  "NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|" +
  "RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|" +
  "WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming";

/**
 * @param {string} language
 * @param {string[] | null} [allowed]
 * @returns {[code: string, name: string][]} by name
 */
export function countries(language, allowed) {
  const names = new Intl.DisplayNames([language], { type: "region" });
  return (allowed ?? CODES.split(" "))
    .map((code) => /** @type {[string, string]} */ ([code, names.of(code) ?? code]))
    .sort((one, other) => one[1].localeCompare(other[1], language));
}

/** @returns {[code: string, name: string][]} */
export function usStates() {
  return STATES.split("|").map((each) => [each.slice(0, 2), each.slice(3)]);
}

/** The payer's country as far as the browser tells it: that of its language, or else the United States. */
export function likelyCountry() {
  const region = /[-_]([A-Z]{2})\b/.exec(navigator.language)?.[1];
  return region && CODES.includes(region) ? region : "US";
}
