//! Closed sets of words: an enumeration with its spelling, and the nearest known word to a wrong one.

use super::printable::printable;

/// Declares an enumeration whose variants are words of the job file and the command line.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
            schemars::JsonSchema,
        )]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every value, in the order of the documentation.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant,)+];

            /// As the job file and the command line write it.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::model::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.into_iter().find(|value| value.word() == text).ok_or_else(|| {
                    let known: Vec<&str> = Self::ALL.iter().map(|value| value.word()).collect();
                    $crate::model::UnknownWord::new(text, &known)
                })
            }
        }
    };
}
pub(crate) use words;

/// A text that is none of a closed set of words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a known value: {remedy}")]
pub struct UnknownWord {
    given: String,
    remedy: String,
}

impl UnknownWord {
    /// Names the nearest of the known words if one is near, and all of them.
    pub(crate) fn new(given: &str, known: &[&str]) -> Self {
        let list = known.join(", ");
        let remedy = match nearest(given, known.iter().copied()) {
            Some(word) if known.len() > 1 => format!("did you mean {word}? (one of {list})"),
            _ if known.len() == 1 => format!("write {list}"),
            _ => format!("write one of {list}"),
        };
        Self { given: printable(given).into_owned(), remedy }
    }

    /// What would be right.
    pub(crate) fn remedy(&self) -> &str {
        &self.remedy
    }
}

/// The known word that is fewest edits away, if that is few enough to be a slip: a third of the letters, at least two.
#[must_use]
pub fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let given: Vec<char> = given.chars().flat_map(char::to_lowercase).collect();
    let most = (given.len() / 3).max(2);
    known
        .filter(|word| word.len().abs_diff(given.len()) <= most)
        .map(|word| (edits(&given, &word.to_lowercase().chars().collect::<Vec<_>>()), word))
        .filter(|(distance, word)| *distance <= most && *distance < word.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// The least number of insertions, deletions, replacements and swaps of neighbours between two texts.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut fewest = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *y && b[j - 1] == *x {
                fewest = fewest.min(before[j - 1] + 1);
            }
            row.push(fewest);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_their_word_and_strangers_find_none() {
        let known = ["countries", "channels", "services", "destination_prefixes"];
        for (given, found) in [
            ("countris", Some("countries")),
            ("Countries", Some("countries")),
            ("chanenls", Some("channels")),
            ("service", Some("services")),
            ("prefixes", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, known.into_iter()), found, "{given}");
        }
    }

    #[test]
    fn two_letters_are_not_near_to_everything() {
        assert_eq!(nearest("ab", ["xy", "cd"].into_iter()), None);
    }
}
