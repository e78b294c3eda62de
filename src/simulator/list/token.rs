//! Where a page begins, as opaque to clients as the API's own.

use std::fmt;
use std::str::FromStr;

/// A position in the walk: a day, a place in the order of its attempts, and which copy of an attempt that is listed
/// twice. `round` tells apart what leads to the same place again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulator) struct Token {
    pub(super) day: i64,
    pub(super) place: u32,
    pub(super) copy: u8,
    round: u32,
}

impl Token {
    pub(super) const fn new(day: i64, place: u32, copy: u8) -> Self {
        Self { day, place, copy, round: 0 }
    }

    /// The same place under a token that differs from the one that led to `page`, and from all before it.
    pub(super) const fn again(self, page: Self) -> Self {
        Self { round: page.round.wrapping_add(1), ..self }
    }

    /// The same place in the first round, which is where attempts stand.
    pub(super) const fn first_round(self) -> Self {
        Self { round: 0, ..self }
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { day, place, copy, round } = self;
        write!(f, "PT{:08x}{place:08x}{copy:02x}{round:08x}", day.cast_unsigned() & 0xFFFF_FFFF)
    }
}

impl FromStr for Token {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "expected a token that meta.next_page_url named";
        let digits = text.strip_prefix("PT").filter(|digits| digits.len() == 26).ok_or(WRONG)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(WRONG);
        }
        let number = |range: std::ops::Range<usize>| u32::from_str_radix(&digits[range], 16).map_err(|_| WRONG);
        let copy = u8::from_str_radix(&digits[16..18], 16).map_err(|_| WRONG)?;
        Ok(Self { day: i64::from(number(0..8)?), place: number(8..16)?, copy, round: number(18..26)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_back_and_nothing_else_is_one() {
        let token = Token::new(20_640, 8_999, 1).again(Token::new(1, 2, 0));
        assert_eq!(token.to_string().parse(), Ok(token));
        assert_ne!(token.again(token), token);
        let text = token.to_string();
        for bad in ["", "PT", &text[1..], &text[..text.len() - 1], &text.replace('0', "+"), &text.replace("PT", "PA")] {
            assert!(bad.parse::<Token>().is_err(), "{bad}");
        }
    }
}
