//! Countries as ISO 3166-1 alpha-2 codes, and Kosovo's user-assigned `XK`, which operators use.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// A country code, two upper-case letters, ordered bytewise.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

/// Why a text is no country of a job file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CountryError {
    /// Right but for its case, or a common mistake for this code.
    #[error("not an ISO 3166-1 alpha-2 code; did you mean {0}?")]
    DidYouMean(Country),
    /// The remainder is written by the tool and never asked for.
    #[error("ZZ stands for the remainder in the table and cannot be asked for; leave it out (see `remainder`)")]
    Remainder,
    /// Nothing known comes near.
    #[error("not an ISO 3166-1 alpha-2 code (two upper-case letters, such as US)")]
    Unknown,
}

/// Countries where one-time codes are sent a lot, the most first: large populations that are online, and the homes of
/// companies that send. A wrong guess costs a few questions and changes no row.
const BUSY: &str = "US IN BR GB MX ID DE FR CO NG PH ES IT CA TR AR PK VN SA AE ZA EG PL NL AU BD KE PE MY TH CL JP \
                    RU UA SG IL MA EC RO GH SE BE PT IQ KW QA CH DO GT VE HK TW KR CZ GR HU AT IE NO DK FI NZ";

impl Country {
    /// In the table: attempts outside the job's countries. In a question: a value that cannot occur.
    pub const REMAINDER: Self = Self(*b"ZZ");

    /// Every code, ascending: the meaning of `countries = "all"`.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        NAMES.iter().map(|(code, _)| Self([code.as_bytes()[0], code.as_bytes()[1]]))
    }

    /// Every code, those to be expected first in front.
    pub fn by_size() -> impl Iterator<Item = Self> {
        /// Found once: each plan, each estimate and each choice of a trial's country asks for the order.
        static BY_SIZE: LazyLock<Vec<Country>> = LazyLock::new(|| {
            let mut order: Vec<Country> = BUSY.split_whitespace().filter_map(|code| code.parse().ok()).collect();
            let rest = Country::all().filter(|country| !order.contains(country)).collect::<Vec<_>>();
            order.extend(rest);
            order
        });
        BY_SIZE.iter().copied()
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII letters are ever stored")
    }

    /// The English short name; `Other countries` for the remainder.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match NAMES.binary_search_by(|(code, _)| code.as_bytes().cmp(&self.0)) {
            Ok(index) => NAMES[index].1,
            Err(_) => "Other countries",
        }
    }

    /// A country of a table: any code, or the remainder.
    #[must_use]
    pub fn from_table(text: &str) -> Option<Self> {
        if text == "ZZ" { Some(Self::REMAINDER) } else { text.parse().ok() }
    }
}

impl FromStr for Country {
    type Err = CountryError;

    fn from_str(text: &str) -> Result<Self, CountryError> {
        let known = |code: &str| match *code.as_bytes() {
            [first, second] if is_code(first, second) => Some(Self([first, second])),
            _ => None,
        };
        if let Some(country) = known(text) {
            return Ok(country);
        }
        let upper = text.to_ascii_uppercase();
        let usual = match upper.as_str() {
            "ZZ" => return Err(CountryError::Remainder),
            "UK" => "GB",
            "EL" => "GR",
            "USA" => "US",
            code => code,
        };
        Err(known(usual).map_or(CountryError::Unknown, CountryError::DidYouMean))
    }
}

/// Whether two letters are a code: asked for every row that is read back, so it is a look into a table.
const fn is_code(first: u8, second: u8) -> bool {
    first.is_ascii_uppercase()
        && second.is_ascii_uppercase()
        && CODES[(first - b'A') as usize] >> (second - b'A') & 1 == 1
}

/// For each first letter, a bit for each second one that makes a code with it.
const CODES: [u32; 26] = {
    let mut codes = [0; 26];
    let mut index = 0;
    while index < NAMES.len() {
        let code = NAMES[index].0.as_bytes();
        codes[(code[0] - b'A') as usize] |= 1 << (code[1] - b'A');
        index += 1;
    }
    codes
};

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// ISO 3166-1 codes with their English short names, and XK, ascending.
const NAMES: [(&str, &str); 250] = [
    ("AD", "Andorra"),
    ("AE", "United Arab Emirates"),
    ("AF", "Afghanistan"),
    ("AG", "Antigua and Barbuda"),
    ("AI", "Anguilla"),
    ("AL", "Albania"),
    ("AM", "Armenia"),
    ("AO", "Angola"),
    ("AQ", "Antarctica"),
    ("AR", "Argentina"),
    ("AS", "American Samoa"),
    ("AT", "Austria"),
    ("AU", "Australia"),
    ("AW", "Aruba"),
    ("AX", "Åland Islands"),
    ("AZ", "Azerbaijan"),
    ("BA", "Bosnia and Herzegovina"),
    ("BB", "Barbados"),
    ("BD", "Bangladesh"),
    ("BE", "Belgium"),
    ("BF", "Burkina Faso"),
    ("BG", "Bulgaria"),
    ("BH", "Bahrain"),
    ("BI", "Burundi"),
    ("BJ", "Benin"),
    ("BL", "Saint Barthélemy"),
    ("BM", "Bermuda"),
    ("BN", "Brunei"),
    ("BO", "Bolivia"),
    ("BQ", "Bonaire, Sint Eustatius and Saba"),
    ("BR", "Brazil"),
    ("BS", "Bahamas"),
    ("BT", "Bhutan"),
    ("BV", "Bouvet Island"),
    ("BW", "Botswana"),
    ("BY", "Belarus"),
    ("BZ", "Belize"),
    ("CA", "Canada"),
    ("CC", "Cocos (Keeling) Islands"),
    ("CD", "DR Congo"),
    ("CF", "Central African Republic"),
    ("CG", "Congo"),
    ("CH", "Switzerland"),
    ("CI", "Côte d'Ivoire"),
    ("CK", "Cook Islands"),
    ("CL", "Chile"),
    ("CM", "Cameroon"),
    ("CN", "China"),
    ("CO", "Colombia"),
    ("CR", "Costa Rica"),
    ("CU", "Cuba"),
    ("CV", "Cabo Verde"),
    ("CW", "Curaçao"),
    ("CX", "Christmas Island"),
    ("CY", "Cyprus"),
    ("CZ", "Czechia"),
    ("DE", "Germany"),
    ("DJ", "Djibouti"),
    ("DK", "Denmark"),
    ("DM", "Dominica"),
    ("DO", "Dominican Republic"),
    ("DZ", "Algeria"),
    ("EC", "Ecuador"),
    ("EE", "Estonia"),
    ("EG", "Egypt"),
    ("EH", "Western Sahara"),
    ("ER", "Eritrea"),
    ("ES", "Spain"),
    ("ET", "Ethiopia"),
    ("FI", "Finland"),
    ("FJ", "Fiji"),
    ("FK", "Falkland Islands"),
    ("FM", "Micronesia"),
    ("FO", "Faroe Islands"),
    ("FR", "France"),
    ("GA", "Gabon"),
    ("GB", "United Kingdom"),
    ("GD", "Grenada"),
    ("GE", "Georgia"),
    ("GF", "French Guiana"),
    ("GG", "Guernsey"),
    ("GH", "Ghana"),
    ("GI", "Gibraltar"),
    ("GL", "Greenland"),
    ("GM", "Gambia"),
    ("GN", "Guinea"),
    ("GP", "Guadeloupe"),
    ("GQ", "Equatorial Guinea"),
    ("GR", "Greece"),
    ("GS", "South Georgia and the South Sandwich Islands"),
    ("GT", "Guatemala"),
    ("GU", "Guam"),
    ("GW", "Guinea-Bissau"),
    ("GY", "Guyana"),
    ("HK", "Hong Kong"),
    ("HM", "Heard Island and McDonald Islands"),
    ("HN", "Honduras"),
    ("HR", "Croatia"),
    ("HT", "Haiti"),
    ("HU", "Hungary"),
    ("ID", "Indonesia"),
    ("IE", "Ireland"),
    ("IL", "Israel"),
    ("IM", "Isle of Man"),
    ("IN", "India"),
    ("IO", "British Indian Ocean Territory"),
    ("IQ", "Iraq"),
    ("IR", "Iran"),
    ("IS", "Iceland"),
    ("IT", "Italy"),
    ("JE", "Jersey"),
    ("JM", "Jamaica"),
    ("JO", "Jordan"),
    ("JP", "Japan"),
    ("KE", "Kenya"),
    ("KG", "Kyrgyzstan"),
    ("KH", "Cambodia"),
    ("KI", "Kiribati"),
    ("KM", "Comoros"),
    ("KN", "Saint Kitts and Nevis"),
    ("KP", "North Korea"),
    ("KR", "South Korea"),
    ("KW", "Kuwait"),
    ("KY", "Cayman Islands"),
    ("KZ", "Kazakhstan"),
    ("LA", "Laos"),
    ("LB", "Lebanon"),
    ("LC", "Saint Lucia"),
    ("LI", "Liechtenstein"),
    ("LK", "Sri Lanka"),
    ("LR", "Liberia"),
    ("LS", "Lesotho"),
    ("LT", "Lithuania"),
    ("LU", "Luxembourg"),
    ("LV", "Latvia"),
    ("LY", "Libya"),
    ("MA", "Morocco"),
    ("MC", "Monaco"),
    ("MD", "Moldova"),
    ("ME", "Montenegro"),
    ("MF", "Saint Martin (French part)"),
    ("MG", "Madagascar"),
    ("MH", "Marshall Islands"),
    ("MK", "North Macedonia"),
    ("ML", "Mali"),
    ("MM", "Myanmar"),
    ("MN", "Mongolia"),
    ("MO", "Macao"),
    ("MP", "Northern Mariana Islands"),
    ("MQ", "Martinique"),
    ("MR", "Mauritania"),
    ("MS", "Montserrat"),
    ("MT", "Malta"),
    ("MU", "Mauritius"),
    ("MV", "Maldives"),
    ("MW", "Malawi"),
    ("MX", "Mexico"),
    ("MY", "Malaysia"),
    ("MZ", "Mozambique"),
    ("NA", "Namibia"),
    ("NC", "New Caledonia"),
    ("NE", "Niger"),
    ("NF", "Norfolk Island"),
    ("NG", "Nigeria"),
    ("NI", "Nicaragua"),
    ("NL", "Netherlands"),
    ("NO", "Norway"),
    ("NP", "Nepal"),
    ("NR", "Nauru"),
    ("NU", "Niue"),
    ("NZ", "New Zealand"),
    ("OM", "Oman"),
    ("PA", "Panama"),
    ("PE", "Peru"),
    ("PF", "French Polynesia"),
    ("PG", "Papua New Guinea"),
    ("PH", "Philippines"),
    ("PK", "Pakistan"),
    ("PL", "Poland"),
    ("PM", "Saint Pierre and Miquelon"),
    ("PN", "Pitcairn"),
    ("PR", "Puerto Rico"),
    ("PS", "Palestine"),
    ("PT", "Portugal"),
    ("PW", "Palau"),
    ("PY", "Paraguay"),
    ("QA", "Qatar"),
    ("RE", "Réunion"),
    ("RO", "Romania"),
    ("RS", "Serbia"),
    ("RU", "Russia"),
    ("RW", "Rwanda"),
    ("SA", "Saudi Arabia"),
    ("SB", "Solomon Islands"),
    ("SC", "Seychelles"),
    ("SD", "Sudan"),
    ("SE", "Sweden"),
    ("SG", "Singapore"),
    ("SH", "Saint Helena, Ascension and Tristan da Cunha"),
    ("SI", "Slovenia"),
    ("SJ", "Svalbard and Jan Mayen"),
    ("SK", "Slovakia"),
    ("SL", "Sierra Leone"),
    ("SM", "San Marino"),
    ("SN", "Senegal"),
    ("SO", "Somalia"),
    ("SR", "Suriname"),
    ("SS", "South Sudan"),
    ("ST", "Sao Tome and Principe"),
    ("SV", "El Salvador"),
    ("SX", "Sint Maarten"),
    ("SY", "Syria"),
    ("SZ", "Eswatini"),
    ("TC", "Turks and Caicos Islands"),
    ("TD", "Chad"),
    ("TF", "French Southern Territories"),
    ("TG", "Togo"),
    ("TH", "Thailand"),
    ("TJ", "Tajikistan"),
    ("TK", "Tokelau"),
    ("TL", "Timor-Leste"),
    ("TM", "Turkmenistan"),
    ("TN", "Tunisia"),
    ("TO", "Tonga"),
    ("TR", "Türkiye"),
    ("TT", "Trinidad and Tobago"),
    ("TV", "Tuvalu"),
    ("TW", "Taiwan"),
    ("TZ", "Tanzania"),
    ("UA", "Ukraine"),
    ("UG", "Uganda"),
    ("UM", "United States Minor Outlying Islands"),
    ("US", "United States"),
    ("UY", "Uruguay"),
    ("UZ", "Uzbekistan"),
    ("VA", "Vatican City"),
    ("VC", "Saint Vincent and the Grenadines"),
    ("VE", "Venezuela"),
    ("VG", "British Virgin Islands"),
    ("VI", "U.S. Virgin Islands"),
    ("VN", "Vietnam"),
    ("VU", "Vanuatu"),
    ("WF", "Wallis and Futuna"),
    ("WS", "Samoa"),
    ("XK", "Kosovo"),
    ("YE", "Yemen"),
    ("YT", "Mayotte"),
    ("ZA", "South Africa"),
    ("ZM", "Zambia"),
    ("ZW", "Zimbabwe"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_iso_3166_and_kosovo_in_order() {
        assert_eq!(NAMES.len(), 250);
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(Country::all().all(|country| country < Country::REMAINDER));
    }

    #[test]
    fn near_misses_get_their_remedy() {
        let error = |text: &str| text.parse::<Country>().unwrap_err();
        assert_eq!(error("us"), CountryError::DidYouMean("US".parse().unwrap()));
        assert_eq!(error("UK"), CountryError::DidYouMean("GB".parse().unwrap()));
        assert_eq!(error("ZZ"), CountryError::Remainder);
        assert_eq!(error("Q"), CountryError::Unknown);
        assert_eq!("CO".parse::<Country>().unwrap().name(), "Colombia");
    }

    #[test]
    fn every_country_is_ordered_by_size_once() {
        assert!(BUSY.split_whitespace().all(|code| code.parse::<Country>().is_ok()));
        let all: Vec<_> = Country::by_size().collect();
        let distinct: std::collections::BTreeSet<_> = all.iter().copied().collect();
        assert_eq!((all.len(), distinct.len(), all[0].code()), (250, 250, "US"));
    }
}
