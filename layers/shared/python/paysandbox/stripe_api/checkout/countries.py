"""The countries of an address on a session's page, by name, in the languages of its texts. Pure.

Codes are those of ISO 3166-1 without countries under comprehensive sanctions, as in the frames of Stripe.js
(stripe_js/frames/countries.js). Names are of the Unicode CLDR 48, as `Intl.DisplayNames` has them (copyright © Unicode,
Inc., Unicode License v3: https://www.unicode.org/license.txt).
"""

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

_CODES: Final = (
    "AC|AD|AE|AF|AG|AI|AL|AM|AO|AQ|AR|AT|AU|AW|AX|AZ|BA|BB|BD|BE|BF|BG|BH|BI|BJ|BL|BM|BN|BO|BQ|BR|BS|BT|BV|BW|"
    "BY|BZ|CA|CD|CF|CG|CH|CI|CK|CL|CM|CN|CO|CR|CV|CW|CY|CZ|DE|DJ|DK|DM|DO|DZ|EC|EE|EG|EH|ER|ES|ET|FI|FJ|FK|FO|"
    "FR|GA|GB|GD|GE|GF|GG|GH|GI|GL|GM|GN|GP|GQ|GR|GS|GT|GU|GW|GY|HK|HN|HR|HT|HU|ID|IE|IL|IM|IN|IO|IQ|IS|IT|JE|"
    "JM|JO|JP|KE|KG|KH|KI|KM|KN|KR|KW|KY|KZ|LA|LB|LC|LI|LK|LR|LS|LT|LU|LV|LY|MA|MC|MD|ME|MF|MG|MK|ML|MM|MN|MO|"
    "MQ|MR|MS|MT|MU|MV|MW|MX|MY|MZ|NA|NC|NE|NG|NI|NL|NO|NP|NR|NU|NZ|OM|PA|PE|PF|PG|PH|PK|PL|PM|PN|PR|PS|PT|PY|"
    "QA|RE|RO|RS|RU|RW|SA|SB|SC|SD|SE|SG|SH|SI|SJ|SK|SL|SM|SN|SO|SR|SS|ST|SV|SX|SZ|TA|TC|TD|TF|TG|TH|TJ|TK|TL|"
    "TM|TN|TO|TR|TT|TV|TW|TZ|UA|UG|US|UY|UZ|VA|VC|VE|VG|VN|VU|WF|WS|XK|YE|YT|ZA|ZM|ZW"
)

_NAMES: Final[Mapping[str, str]] = {
    "en": (
        "Ascension Island|Andorra|United Arab Emirates|Afghanistan|Antigua & Barbuda|Anguilla|Albania|Armenia|"
        "Angola|Antarctica|Argentina|Austria|Australia|Aruba|Åland Islands|Azerbaijan|Bosnia & Herzegovina|"
        "Barbados|Bangladesh|Belgium|Burkina Faso|Bulgaria|Bahrain|Burundi|Benin|St. Barthélemy|Bermuda|Brunei|"
        "Bolivia|Caribbean Netherlands|Brazil|Bahamas|Bhutan|Bouvet Island|Botswana|Belarus|Belize|Canada|"
        "Congo - Kinshasa|Central African Republic|Congo - Brazzaville|Switzerland|Côte d’Ivoire|Cook Islands|"
        "Chile|Cameroon|China|Colombia|Costa Rica|Cape Verde|Curaçao|Cyprus|Czechia|Germany|Djibouti|Denmark|"
        "Dominica|Dominican Republic|Algeria|Ecuador|Estonia|Egypt|Western Sahara|Eritrea|Spain|Ethiopia|Finland|"
        "Fiji|Falkland Islands|Faroe Islands|France|Gabon|United Kingdom|Grenada|Georgia|French Guiana|Guernsey|"
        "Ghana|Gibraltar|Greenland|Gambia|Guinea|Guadeloupe|Equatorial Guinea|Greece|"
        "South Georgia & South Sandwich Islands|Guatemala|Guam|Guinea-Bissau|Guyana|Hong Kong SAR China|Honduras|"
        "Croatia|Haiti|Hungary|Indonesia|Ireland|Israel|Isle of Man|India|British Indian Ocean Territory|Iraq|"
        "Iceland|Italy|Jersey|Jamaica|Jordan|Japan|Kenya|Kyrgyzstan|Cambodia|Kiribati|Comoros|St. Kitts & Nevis|"
        "South Korea|Kuwait|Cayman Islands|Kazakhstan|Laos|Lebanon|St. Lucia|Liechtenstein|Sri Lanka|Liberia|"
        "Lesotho|Lithuania|Luxembourg|Latvia|Libya|Morocco|Monaco|Moldova|Montenegro|St. Martin|Madagascar|"
        "North Macedonia|Mali|Myanmar (Burma)|Mongolia|Macao SAR China|Martinique|Mauritania|Montserrat|Malta|"
        "Mauritius|Maldives|Malawi|Mexico|Malaysia|Mozambique|Namibia|New Caledonia|Niger|Nigeria|Nicaragua|"
        "Netherlands|Norway|Nepal|Nauru|Niue|New Zealand|Oman|Panama|Peru|French Polynesia|Papua New Guinea|"
        "Philippines|Pakistan|Poland|St. Pierre & Miquelon|Pitcairn Islands|Puerto Rico|Palestinian Territories|"
        "Portugal|Paraguay|Qatar|Réunion|Romania|Serbia|Russia|Rwanda|Saudi Arabia|Solomon Islands|Seychelles|"
        "Sudan|Sweden|Singapore|St. Helena|Slovenia|Svalbard & Jan Mayen|Slovakia|Sierra Leone|San Marino|Senegal|"
        "Somalia|Suriname|South Sudan|São Tomé & Príncipe|El Salvador|Sint Maarten|Eswatini|Tristan da Cunha|"
        "Turks & Caicos Islands|Chad|French Southern Territories|Togo|Thailand|Tajikistan|Tokelau|Timor-Leste|"
        "Turkmenistan|Tunisia|Tonga|Türkiye|Trinidad & Tobago|Tuvalu|Taiwan|Tanzania|Ukraine|Uganda|United States|"
        "Uruguay|Uzbekistan|Vatican City|St. Vincent & Grenadines|Venezuela|British Virgin Islands|Vietnam|Vanuatu|"
        "Wallis & Futuna|Samoa|Kosovo|Yemen|Mayotte|South Africa|Zambia|Zimbabwe"
    ),
    "de": (
        "Ascension|Andorra|Vereinigte Arabische Emirate|Afghanistan|Antigua und Barbuda|Anguilla|Albanien|Armenien|"
        "Angola|Antarktis|Argentinien|Österreich|Australien|Aruba|Ålandinseln|Aserbaidschan|"
        "Bosnien und Herzegowina|Barbados|Bangladesch|Belgien|Burkina Faso|Bulgarien|Bahrain|Burundi|Benin|"
        "St. Barthélemy|Bermuda|Brunei Darussalam|Bolivien|Karibische Niederlande|Brasilien|Bahamas|Bhutan|"
        "Bouvetinsel|Botsuana|Belarus|Belize|Kanada|Kongo-Kinshasa|Zentralafrikanische Republik|Kongo-Brazzaville|"
        "Schweiz|Côte d’Ivoire|Cookinseln|Chile|Kamerun|China|Kolumbien|Costa Rica|Cabo Verde|Curaçao|Zypern|"
        "Tschechien|Deutschland|Dschibuti|Dänemark|Dominica|Dominikanische Republik|Algerien|Ecuador|Estland|"
        "Ägypten|Westsahara|Eritrea|Spanien|Äthiopien|Finnland|Fidschi|Falklandinseln|Färöer|Frankreich|Gabun|"
        "Vereinigtes Königreich|Grenada|Georgien|Französisch-Guayana|Guernsey|Ghana|Gibraltar|Grönland|Gambia|"
        "Guinea|Guadeloupe|Äquatorialguinea|Griechenland|Südgeorgien und die Südlichen Sandwichinseln|Guatemala|"
        "Guam|Guinea-Bissau|Guyana|Sonderverwaltungsregion Hongkong|Honduras|Kroatien|Haiti|Ungarn|Indonesien|"
        "Irland|Israel|Isle of Man|Indien|Britisches Territorium im Indischen Ozean|Irak|Island|Italien|Jersey|"
        "Jamaika|Jordanien|Japan|Kenia|Kirgisistan|Kambodscha|Kiribati|Komoren|St. Kitts und Nevis|Südkorea|Kuwait|"
        "Kaimaninseln|Kasachstan|Laos|Libanon|St. Lucia|Liechtenstein|Sri Lanka|Liberia|Lesotho|Litauen|Luxemburg|"
        "Lettland|Libyen|Marokko|Monaco|Republik Moldau|Montenegro|St. Martin|Madagaskar|Nordmazedonien|Mali|"
        "Myanmar|Mongolei|Sonderverwaltungsregion Macau|Martinique|Mauretanien|Montserrat|Malta|Mauritius|"
        "Malediven|Malawi|Mexiko|Malaysia|Mosambik|Namibia|Neukaledonien|Niger|Nigeria|Nicaragua|Niederlande|"
        "Norwegen|Nepal|Nauru|Niue|Neuseeland|Oman|Panama|Peru|Französisch-Polynesien|Papua-Neuguinea|Philippinen|"
        "Pakistan|Polen|St. Pierre und Miquelon|Pitcairninseln|Puerto Rico|Palästinensische Autonomiegebiete|"
        "Portugal|Paraguay|Katar|Réunion|Rumänien|Serbien|Russland|Ruanda|Saudi-Arabien|Salomonen|Seychellen|Sudan|"
        "Schweden|Singapur|St. Helena|Slowenien|Spitzbergen und Jan Mayen|Slowakei|Sierra Leone|San Marino|Senegal|"
        "Somalia|Suriname|Südsudan|São Tomé und Príncipe|El Salvador|Sint Maarten|Eswatini|Tristan da Cunha|"
        "Turks- und Caicosinseln|Tschad|Französische Süd- und Antarktisgebiete|Togo|Thailand|Tadschikistan|Tokelau|"
        "Timor-Leste|Turkmenistan|Tunesien|Tonga|Türkei|Trinidad und Tobago|Tuvalu|Taiwan|Tansania|Ukraine|Uganda|"
        "Vereinigte Staaten|Uruguay|Usbekistan|Vatikanstadt|St. Vincent und die Grenadinen|Venezuela|"
        "Britische Jungferninseln|Vietnam|Vanuatu|Wallis und Futuna|Samoa|Kosovo|Jemen|Mayotte|Südafrika|Sambia|"
        "Simbabwe"
    ),
    "es": (
        "Isla de la Ascensión|Andorra|Emiratos Árabes Unidos|Afganistán|Antigua y Barbuda|Anguila|Albania|Armenia|"
        "Angola|Antártida|Argentina|Austria|Australia|Aruba|Islas Aland|Azerbaiyán|Bosnia y Herzegovina|Barbados|"
        "Bangladés|Bélgica|Burkina Faso|Bulgaria|Baréin|Burundi|Benín|San Bartolomé|Bermudas|Brunéi|Bolivia|"
        "Caribe neerlandés|Brasil|Bahamas|Bután|Isla Bouvet|Botsuana|Bielorrusia|Belice|Canadá|"
        "República Democrática del Congo|República Centroafricana|Congo|Suiza|Côte d’Ivoire|Islas Cook|Chile|"
        "Camerún|China|Colombia|Costa Rica|Cabo Verde|Curazao|Chipre|Chequia|Alemania|Yibuti|Dinamarca|Dominica|"
        "República Dominicana|Argelia|Ecuador|Estonia|Egipto|Sáhara Occidental|Eritrea|España|Etiopía|Finlandia|"
        "Fiyi|Islas Malvinas|Islas Feroe|Francia|Gabón|Reino Unido|Granada|Georgia|Guayana Francesa|Guernesey|"
        "Ghana|Gibraltar|Groenlandia|Gambia|Guinea|Guadalupe|Guinea Ecuatorial|Grecia|"
        "Islas Georgia del Sur y Sandwich del Sur|Guatemala|Guam|Guinea-Bisáu|Guyana|RAE de Hong Kong (China)|"
        "Honduras|Croacia|Haití|Hungría|Indonesia|Irlanda|Israel|Isla de Man|India|"
        "Territorio Británico del Océano Índico|Irak|Islandia|Italia|Jersey|Jamaica|Jordania|Japón|Kenia|"
        "Kirguistán|Camboya|Kiribati|Comoras|San Cristóbal y Nieves|Corea del Sur|Kuwait|Islas Caimán|Kazajistán|"
        "Laos|Líbano|Santa Lucía|Liechtenstein|Sri Lanka|Liberia|Lesoto|Lituania|Luxemburgo|Letonia|Libia|"
        "Marruecos|Mónaco|Moldavia|Montenegro|San Martín|Madagascar|Macedonia del Norte|Mali|Myanmar (Birmania)|"
        "Mongolia|RAE de Macao (China)|Martinica|Mauritania|Montserrat|Malta|Mauricio|Maldivas|Malaui|México|"
        "Malasia|Mozambique|Namibia|Nueva Caledonia|Níger|Nigeria|Nicaragua|Países Bajos|Noruega|Nepal|Nauru|Niue|"
        "Nueva Zelanda|Omán|Panamá|Perú|Polinesia Francesa|Papúa Nueva Guinea|Filipinas|Pakistán|Polonia|"
        "San Pedro y Miquelón|Islas Pitcairn|Puerto Rico|Territorios Palestinos|Portugal|Paraguay|Catar|Reunión|"
        "Rumanía|Serbia|Rusia|Ruanda|Arabia Saudí|Islas Salomón|Seychelles|Sudán|Suecia|Singapur|Santa Elena|"
        "Eslovenia|Svalbard y Jan Mayen|Eslovaquia|Sierra Leona|San Marino|Senegal|Somalia|Surinam|Sudán del Sur|"
        "Santo Tomé y Príncipe|El Salvador|Sint Maarten|Esuatini|Tristán de Acuña|Islas Turcas y Caicos|Chad|"
        "Territorios Australes Franceses|Togo|Tailandia|Tayikistán|Tokelau|Timor-Leste|Turkmenistán|Túnez|Tonga|"
        "Turquía|Trinidad y Tobago|Tuvalu|Taiwán|Tanzania|Ucrania|Uganda|Estados Unidos|Uruguay|Uzbekistán|"
        "Ciudad del Vaticano|San Vicente y las Granadinas|Venezuela|Islas Vírgenes Británicas|Vietnam|Vanuatu|"
        "Wallis y Futuna|Samoa|Kosovo|Yemen|Mayotte|Sudáfrica|Zambia|Zimbabue"
    ),
    "fr": (
        "Île de l’Ascension|Andorre|Émirats arabes unis|Afghanistan|Antigua-et-Barbuda|Anguilla|Albanie|Arménie|"
        "Angola|Antarctique|Argentine|Autriche|Australie|Aruba|Îles Åland|Azerbaïdjan|Bosnie-Herzégovine|Barbade|"
        "Bangladesh|Belgique|Burkina Faso|Bulgarie|Bahreïn|Burundi|Bénin|Saint-Barthélemy|Bermudes|Brunei|Bolivie|"
        "Pays-Bas caribéens|Brésil|Bahamas|Bhoutan|Île Bouvet|Botswana|Biélorussie|Belize|Canada|Congo-Kinshasa|"
        "République centrafricaine|Congo-Brazzaville|Suisse|Côte d’Ivoire|Îles Cook|Chili|Cameroun|Chine|Colombie|"
        "Costa Rica|Cap-Vert|Curaçao|Chypre|Tchéquie|Allemagne|Djibouti|Danemark|Dominique|République dominicaine|"
        "Algérie|Équateur|Estonie|Égypte|Sahara occidental|Érythrée|Espagne|Éthiopie|Finlande|Fidji|Îles Malouines|"
        "Îles Féroé|France|Gabon|Royaume-Uni|Grenade|Géorgie|Guyane française|Guernesey|Ghana|Gibraltar|Groenland|"
        "Gambie|Guinée|Guadeloupe|Guinée équatoriale|Grèce|Géorgie du Sud-et-les Îles Sandwich du Sud|Guatemala|"
        "Guam|Guinée-Bissau|Guyana|R.A.S. chinoise de Hong Kong|Honduras|Croatie|Haïti|Hongrie|Indonésie|Irlande|"
        "Israël|Île de Man|Inde|Territoire britannique de l’océan Indien|Irak|Islande|Italie|Jersey|Jamaïque|"
        "Jordanie|Japon|Kenya|Kirghizstan|Cambodge|Kiribati|Comores|Saint-Christophe-et-Niévès|Corée du Sud|Koweït|"
        "Îles Caïmans|Kazakhstan|Laos|Liban|Sainte-Lucie|Liechtenstein|Sri Lanka|Liberia|Lesotho|Lituanie|"
        "Luxembourg|Lettonie|Libye|Maroc|Monaco|Moldavie|Monténégro|Saint-Martin|Madagascar|Macédoine du Nord|Mali|"
        "Myanmar (Birmanie)|Mongolie|R.A.S. chinoise de Macao|Martinique|Mauritanie|Montserrat|Malte|Maurice|"
        "Maldives|Malawi|Mexique|Malaisie|Mozambique|Namibie|Nouvelle-Calédonie|Niger|Nigeria|Nicaragua|Pays-Bas|"
        "Norvège|Népal|Nauru|Niue|Nouvelle-Zélande|Oman|Panama|Pérou|Polynésie française|Papouasie-Nouvelle-Guinée|"
        "Philippines|Pakistan|Pologne|Saint-Pierre-et-Miquelon|Îles Pitcairn|Porto Rico|Territoires palestiniens|"
        "Portugal|Paraguay|Qatar|La Réunion|Roumanie|Serbie|Russie|Rwanda|Arabie saoudite|Îles Salomon|Seychelles|"
        "Soudan|Suède|Singapour|Sainte-Hélène|Slovénie|Svalbard et Jan Mayen|Slovaquie|Sierra Leone|Saint-Marin|"
        "Sénégal|Somalie|Suriname|Soudan du Sud|Sao Tomé-et-Principe|Salvador|Saint-Martin (partie néerlandaise)|"
        "Eswatini|Tristan da Cunha|Îles Turques-et-Caïques|Tchad|Terres australes françaises|Togo|Thaïlande|"
        "Tadjikistan|Tokelau|Timor oriental|Turkménistan|Tunisie|Tonga|Turquie|Trinité-et-Tobago|Tuvalu|Taïwan|"
        "Tanzanie|Ukraine|Ouganda|États-Unis|Uruguay|Ouzbékistan|État de la Cité du Vatican|"
        "Saint-Vincent-et-les Grenadines|Venezuela|Îles Vierges britanniques|Viêt Nam|Vanuatu|Wallis-et-Futuna|"
        "Samoa|Kosovo|Yémen|Mayotte|Afrique du Sud|Zambie|Zimbabwe"
    ),
    "it": (
        "Isola Ascensione|Andorra|Emirati Arabi Uniti|Afghanistan|Antigua e Barbuda|Anguilla|Albania|Armenia|"
        "Angola|Antartide|Argentina|Austria|Australia|Aruba|Isole Åland|Azerbaigian|Bosnia ed Erzegovina|Barbados|"
        "Bangladesh|Belgio|Burkina Faso|Bulgaria|Bahrein|Burundi|Benin|Saint-Barthélemy|Bermuda|Brunei|Bolivia|"
        "Caraibi Olandesi|Brasile|Bahamas|Bhutan|Isola Bouvet|Botswana|Bielorussia|Belize|Canada|Congo - Kinshasa|"
        "Repubblica Centrafricana|Congo-Brazzaville|Svizzera|Costa d’Avorio|Isole Cook|Cile|Camerun|Cina|Colombia|"
        "Costa Rica|Capo Verde|Curaçao|Cipro|Cechia|Germania|Gibuti|Danimarca|Dominica|Repubblica Dominicana|"
        "Algeria|Ecuador|Estonia|Egitto|Sahara Occidentale|Eritrea|Spagna|Etiopia|Finlandia|Figi|Isole Falkland|"
        "Isole Fær Øer|Francia|Gabon|Regno Unito|Grenada|Georgia|Guyana Francese|Guernsey|Ghana|Gibilterra|"
        "Groenlandia|Gambia|Guinea|Guadalupa|Guinea Equatoriale|Grecia|Georgia del Sud e Sandwich Australi|"
        "Guatemala|Guam|Guinea-Bissau|Guyana|RAS di Hong Kong|Honduras|Croazia|Haiti|Ungheria|Indonesia|Irlanda|"
        "Israele|Isola di Man|India|Territorio Britannico dell’Oceano Indiano|Iraq|Islanda|Italia|Jersey|Giamaica|"
        "Giordania|Giappone|Kenya|Kirghizistan|Cambogia|Kiribati|Comore|Saint Kitts e Nevis|Corea del Sud|Kuwait|"
        "Isole Cayman|Kazakistan|Laos|Libano|Saint Lucia|Liechtenstein|Sri Lanka|Liberia|Lesotho|Lituania|"
        "Lussemburgo|Lettonia|Libia|Marocco|Monaco|Moldavia|Montenegro|Saint Martin|Madagascar|Macedonia del Nord|"
        "Mali|Myanmar (Birmania)|Mongolia|RAS di Macao|Martinica|Mauritania|Montserrat|Malta|Mauritius|Maldive|"
        "Malawi|Messico|Malaysia|Mozambico|Namibia|Nuova Caledonia|Niger|Nigeria|Nicaragua|Paesi Bassi|Norvegia|"
        "Nepal|Nauru|Niue|Nuova Zelanda|Oman|Panama|Perù|Polinesia Francese|Papua Nuova Guinea|Filippine|Pakistan|"
        "Polonia|Saint-Pierre e Miquelon|Isole Pitcairn|Portorico|Territori Palestinesi|Portogallo|Paraguay|Qatar|"
        "Riunione|Romania|Serbia|Russia|Ruanda|Arabia Saudita|Isole Salomone|Seychelles|Sudan|Svezia|Singapore|"
        "Sant’Elena|Slovenia|Svalbard e Jan Mayen|Slovacchia|Sierra Leone|San Marino|Senegal|Somalia|Suriname|"
        "Sud Sudan|São Tomé e Príncipe|El Salvador|Sint Maarten|Eswatini|Tristan da Cunha|Isole Turks e Caicos|"
        "Ciad|Terre Australi Francesi|Togo|Thailandia|Tagikistan|Tokelau|Timor Est|Turkmenistan|Tunisia|Tonga|"
        "Turchia|Trinidad e Tobago|Tuvalu|Taiwan|Tanzania|Ucraina|Uganda|Stati Uniti|Uruguay|Uzbekistan|"
        "Città del Vaticano|Saint Vincent e Grenadine|Venezuela|Isole Vergini Britanniche|Vietnam|Vanuatu|"
        "Wallis e Futuna|Samoa|Kosovo|Yemen|Mayotte|Sudafrica|Zambia|Zimbabwe"
    ),
    "ja": (
        "アセンション島|アンドラ|アラブ首長国連邦|アフガニスタン|アンティグア・バーブーダ|アンギラ|アルバニア|"
        "アルメニア|アンゴラ|南極|アルゼンチン|オーストリア|オーストラリア|アルバ|オーランド諸島|アゼルバイジャン|"
        "ボスニア・ヘルツェゴビナ|バルバドス|バングラデシュ|ベルギー|ブルキナファソ|ブルガリア|バーレーン|ブルンジ|"
        "ベナン|サン・バルテルミー|バミューダ|ブルネイ|ボリビア|オランダ領カリブ|ブラジル|バハマ|ブータン|ブーベ島|"
        "ボツワナ|ベラルーシ|ベリーズ|カナダ|コンゴ民主共和国(キンシャサ)|中央アフリカ共和国|"
        "コンゴ共和国(ブラザビル)|スイス|コートジボワール|クック諸島|チリ|カメルーン|中国|コロンビア|コスタリカ|"
        "カーボベルデ|キュラソー|キプロス|チェコ|ドイツ|ジブチ|デンマーク|ドミニカ国|ドミニカ共和国|アルジェリア|"
        "エクアドル|エストニア|エジプト|西サハラ|エリトリア|スペイン|エチオピア|フィンランド|フィジー|"
        "フォークランド諸島|フェロー諸島|フランス|ガボン|イギリス|グレナダ|ジョージア|仏領ギアナ|ガーンジー|ガーナ|"
        "ジブラルタル|グリーンランド|ガンビア|ギニア|グアドループ|赤道ギニア|ギリシャ|"
        "サウスジョージア・サウスサンドウィッチ諸島|グアテマラ|グアム|ギニアビサウ|ガイアナ|"
        "中華人民共和国香港特別行政区|ホンジュラス|クロアチア|ハイチ|ハンガリー|インドネシア|アイルランド|"
        "イスラエル|マン島|インド|英領インド洋地域|イラク|アイスランド|イタリア|ジャージー|ジャマイカ|ヨルダン|"
        "日本|ケニア|キルギス|カンボジア|キリバス|コモロ|セントクリストファー・ネーヴィス|韓国|クウェート|"
        "ケイマン諸島|カザフスタン|ラオス|レバノン|セントルシア|リヒテンシュタイン|スリランカ|リベリア|レソト|"
        "リトアニア|ルクセンブルク|ラトビア|リビア|モロッコ|モナコ|モルドバ|モンテネグロ|サン・マルタン|"
        "マダガスカル|北マケドニア|マリ|ミャンマー (ビルマ)|モンゴル|中華人民共和国マカオ特別行政区|マルティニーク|"
        "モーリタニア|モントセラト|マルタ|モーリシャス|モルディブ|マラウイ|メキシコ|マレーシア|モザンビーク|"
        "ナミビア|ニューカレドニア|ニジェール|ナイジェリア|ニカラグア|オランダ|ノルウェー|ネパール|ナウル|ニウエ|"
        "ニュージーランド|オマーン|パナマ|ペルー|仏領ポリネシア|パプアニューギニア|フィリピン|パキスタン|"
        "ポーランド|サンピエール島・ミクロン島|ピトケアン諸島|プエルトリコ|パレスチナ自治区|ポルトガル|パラグアイ|"
        "カタール|レユニオン|ルーマニア|セルビア|ロシア|ルワンダ|サウジアラビア|ソロモン諸島|セーシェル|スーダン|"
        "スウェーデン|シンガポール|セントヘレナ|スロベニア|スバールバル諸島・ヤンマイエン島|スロバキア|"
        "シエラレオネ|サンマリノ|セネガル|ソマリア|スリナム|南スーダン|サントメ・プリンシペ|エルサルバドル|"
        "シント・マールテン|エスワティニ|トリスタン・ダ・クーニャ|タークス・カイコス諸島|チャド|仏領極南諸島|"
        "トーゴ|タイ|タジキスタン|トケラウ|東ティモール|トルクメニスタン|チュニジア|トンガ|トルコ|"
        "トリニダード・トバゴ|ツバル|台湾|タンザニア|ウクライナ|ウガンダ|アメリカ合衆国|ウルグアイ|ウズベキスタン|"
        "バチカン市国|セントビンセント及びグレナディーン諸島|ベネズエラ|英領ヴァージン諸島|ベトナム|バヌアツ|"
        "ウォリス・フツナ|サモア|コソボ|イエメン|マヨット|南アフリカ|ザンビア|ジンバブエ"
    ),
}
"""In the order of the codes."""


def countries(language: str, allowed: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """Return codes and names in a language (`de`), sorted by name: of all countries, or of those that are allowed."""
    named = _by_name(language)
    if allowed is None:
        return list(named.items())
    wanted = set(allowed)
    return [(code, name) for code, name in named.items() if code in wanted]


@cache
def _by_name(language: str) -> Mapping[str, str]:
    named = zip(_CODES.split("|"), _NAMES[language].split("|"), strict=True)
    return dict(sorted(named, key=lambda each: _unaccented(each[1])))


def _unaccented(name: str) -> str:
    """Return what a name is sorted by: Åland is among the As."""
    return "".join(part for part in unicodedata.normalize("NFD", name).casefold() if not unicodedata.combining(part))
