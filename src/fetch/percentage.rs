//! A percentage as decimal text, compared with counts exactly: integers of 128 bits, no floats. Pure.

use crate::model::Counts;

/// Decimals that count. A double prints up to two digits beyond what it can tell, so finer ones are noise.
const DECIMALS: i64 = 12;

/// A number of at most three digits before the point, held in units of 10^-`decimals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Percentage {
    units: i64,
    /// 0 to [`DECIMALS`].
    decimals: u32,
    /// Whether finer decimals than [`DECIMALS`] were cut off.
    cut: Cut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Nothing,
    Noise,
}

impl Percentage {
    /// Reads `[-]digits[.digits][e[±]digits]`; `None` for anything else and from 1000 up. Linear in the text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let all_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let fraction = if mantissa.contains('.') { fraction } else { "" };

        let point = i64::try_from(whole.len()).ok()?.checked_add(i64::from(exponent))?;
        let length = i64::try_from(whole.len() + fraction.len()).ok()?;
        // Position of a digit's decimal: 0 is the one before the point, 1 the tenths, below 0 the tens and so on.
        let last = (length - point).clamp(0, DECIMALS);
        let mut units: i64 = 0;
        let mut written = 0;
        for (digit, place) in whole.bytes().chain(fraction.bytes()).zip(1 - point..) {
            if place > last {
                break;
            }
            units = units.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
            written = place;
        }
        if units != 0 {
            for _ in written..last {
                units = units.checked_mul(10)?;
            }
        }
        let decimals = u32::try_from(last).ok()?;
        if units >= 1000 * 10_i64.pow(decimals) {
            return None;
        }
        let cut = if length - point > DECIMALS { Cut::Noise } else { Cut::Nothing };
        let units = if negative { -units } else { units };
        Some(Self { units, decimals, cut })
    }

    /// Whether this is 0, as far as [`DECIMALS`] tell.
    pub(super) const fn is_zero(self) -> bool {
        self.units == 0
    }

    /// Whether this is 100 · converted / attempts within one unit of its last digit (two where noise was cut off).
    ///
    /// Needs attempts > 0. No product leaves 128 bits: units < 10^15, decimals ≤ 12, counts < 2^63.
    pub(super) fn fits(self, counts: Counts) -> bool {
        let attempts = i128::from(counts.attempts());
        let exact = 100 * i128::from(counts.converted()) * 10_i128.pow(self.decimals);
        let tolerance = match self.cut {
            Cut::Nothing => attempts,
            Cut::Noise => 2 * attempts,
        };
        (i128::from(self.units) * attempts - exact).abs() <= tolerance
    }
}
