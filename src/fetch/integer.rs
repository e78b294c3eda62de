//! Whole numbers in any of JSON's forms: `5`, `5.0`, `50e-1` and `-0` are integers, `5.5` is none. Exact, no floats.

/// Of 64 bits.
const MOST_DIGITS: u32 = 19;

/// Reads a JSON number as an integer; `None` for anything else, for fractions and beyond 64 bits. Linear in the text.
pub(super) fn integer(literal: &str) -> Option<i64> {
    let (sign, unsigned) = literal.strip_prefix('-').map_or((1, literal), |rest| (-1, rest));
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let power = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let ends_in_point = mantissa.len() > whole.len() && fraction.is_empty();
    let is_number = !whole.is_empty() && !power.is_empty() && [whole, fraction, power].into_iter().all(all_digits);
    if !is_number || ends_in_point {
        return None;
    }
    let digits = [whole, fraction].concat();
    let significant = digits.trim_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let end = digits.trim_end_matches('0').len();
    // Where the point lies among the digits; before the end of those that count, it leaves a fraction.
    let point = i64::try_from(whole.len()).ok()?.checked_add(exponent.parse().ok()?)?;
    let zeros = u32::try_from(point.checked_sub(i64::try_from(end).ok()?)?).ok()?;
    let length = u32::try_from(significant.len()).ok()?;
    if length.checked_add(zeros)? > MOST_DIGITS {
        return None;
    }
    let value: i128 = significant.parse().ok()?;
    i64::try_from(sign * value * 10_i128.pow(zeros)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_in_every_form() {
        for (text, expected) in [
            ("0", 0),
            ("-0", 0),
            ("-0.000e-99999999999999999999", 0),
            ("5", 5),
            ("5.0", 5),
            ("5e0", 5),
            ("5E+0", 5),
            ("50e-1", 5),
            ("0.5e1", 5),
            ("0.0005e+4", 5),
            ("-5.000", -5),
            ("120", 120),
            ("1.2e2", 120),
            ("12000e-2", 120),
            ("9223372036854775807", i64::MAX),
            ("9223372036854775807.0", i64::MAX),
            ("9.223372036854775807e18", i64::MAX),
            ("-9223372036854775808", i64::MIN),
            ("1e18", 1_000_000_000_000_000_000),
        ] {
            assert_eq!(integer(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn nothing_else_is_one() {
        for text in [
            "2e-9223372036854775808",
            "5.5",
            "5e-1",
            "0.1",
            "1e19",
            "1e99999999999999999999",
            "1e-99999999999999999999",
            "1e9223372036854775807",
            "9223372036854775808",
            "-9223372036854775809",
            "9.3e18",
            "",
            "-",
            "+5",
            "5.",
            ".5",
            "e1",
            "5e",
            "5e+",
            "5e1.0",
            "--5",
            "5 ",
            "5_0",
            "0x5",
            "null",
            "true",
            "\"5\"",
            "٥",
            "NaN",
            "{}",
        ] {
            assert_eq!(integer(text), None, "{text}");
        }
    }

    #[test]
    fn a_megabyte_of_digits_is_judged_at_once() {
        let zeros = "0".repeat(1 << 20);
        assert_eq!(integer(&format!("5.{zeros}")), Some(5));
        assert_eq!(integer(&format!("5{zeros}e-{}", 1 << 20)), Some(5));
        assert_eq!(integer(&format!("5.{zeros}1")), None);
        assert_eq!(integer(&"3".repeat(1 << 20)), None);
    }
}
