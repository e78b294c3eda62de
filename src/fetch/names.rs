//! The vendor's words, without what may name somebody: an error may quote the number or address that it is about. Pure.

/// No word of a sentence has so many digits, and no code of the vendor's.
const DIGITS_OF_A_NAME: usize = 6;
/// Identifiers are longer than words.
const LONGEST_WORD: usize = 24;

/// The text without numbers, addresses and identifiers.
pub(super) fn without_names(text: &str) -> String {
    let told = |word: &str| if word.contains('@') { "…".to_owned() } else { in_parts(word) };
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            let bare = word.trim_end_matches(char::is_whitespace);
            told(bare) + &word[bare.len()..]
        })
        .collect()
}

/// A word whose parts between signs are looked at one by one, so that an address of a host stays legible.
fn in_parts(word: &str) -> String {
    let is_name = |part: &str| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        digits >= DIGITS_OF_A_NAME || part.len() > LONGEST_WORD
    };
    word.split_inclusive(|letter: char| !letter.is_alphanumeric())
        .map(|part| {
            let bare = part.trim_end_matches(|letter: char| !letter.is_alphanumeric());
            (if is_name(bare) { "…" } else { bare }).to_owned() + &part[bare.len()..]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_name_somebody_is_left_out_and_the_rest_stays() {
        for (text, told) in [
            ("HTTP 404, code 20404: not found", "HTTP 404, code 20404: not found"),
            (
                "code 20404: The requested resource /v2/Attempts?PageToken=PAVL00112233445566778899aabbccddeeff was not found",
                "code 20404: The requested resource /v2/Attempts?PageToken=… was not found",
            ),
            ("no attempt of +573003003030, sorry", "no attempt of +…, sorry"),
            ("Invalid parameter `To`: +573001234567", "Invalid parameter `To`: +…"),
            ("no VE00112233445566778899aabbccddeeff/12", "no …/12"),
            ("a@example.com: unknown", "… unknown"),
            ("cannot connect to http://127.0.0.1:45678: refused", "cannot connect to http://127.0.0.1:45678: refused"),
            ("VLabcdefabcdefabcdefabcdefabcdefab", "…"),
            ("", ""),
        ] {
            assert_eq!(without_names(text), told);
        }
    }
}
