use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Received, BodyError> {
    read_body(text.as_bytes())
}

fn counts(attempts: i64, converted: i64) -> Counts {
    Counts::new(attempts, converted).unwrap()
}

#[test]
fn the_documented_example_is_good() {
    let received = read(
        r#"{"total_attempts": 11, "total_converted": 9, "total_unconverted": 2,
            "conversion_rate_percentage": "81.818181818", "url": "https://verify.twilio.com/v2/Attempts/Summary"}"#,
    )
    .unwrap();
    assert_eq!(received.counts, counts(11, 9));
    assert_eq!(
        received.body,
        Body {
            total_attempts: Some(11),
            total_converted: Some(9),
            total_unconverted: Some(2),
            conversion_rate_percentage: Some(Rate::Text("81.818181818".to_owned())),
            url: Some(Some("https://verify.twilio.com/v2/Attempts/Summary".to_owned())),
        }
    );
}

#[test]
fn good_bodies() {
    for (text, expected) in [
        (r#"{"total_attempts":0}"#, counts(0, 0)),
        (r#"{"total_converted":0}"#, counts(0, 0)),
        (r#"{"total_attempts":3,"total_unconverted":3}"#, counts(3, 0)),
        (r#"{"total_attempts":3,"total_converted":3}"#, counts(3, 3)),
        (r#"{"total_attempts":0,"conversion_rate_percentage":"whatever"}"#, counts(0, 0)),
        (r#"{"total_attempts":2,"total_converted":1,"total_unconverted":1,"url":7,"new":[{"a":[]}]}"#, counts(2, 1)),
        (r#"{"total_attempts":null,"total_converted":0}"#, counts(0, 0)),
        (r#"{"total_attempts":5.0,"total_converted":5e0,"total_unconverted":-0}"#, counts(5, 5)),
        (r#"{"total_attempts":1,"total_unconverted":1,"status":200,"code":null,"message":"ok"}"#, counts(1, 0)),
        (r#"{"total_attempts":1,"total_unconverted":1,"code":60200}"#, counts(1, 0)),
        ("\r\n {\"total_attempts\":1,\"total_unconverted\":1} \n", counts(1, 0)),
        (
            r#"{"total_attempts":9223372036854775807,"total_converted":9223372036854775806,"total_unconverted":1}"#,
            counts(i64::MAX, i64::MAX - 1),
        ),
    ] {
        assert_eq!(read(text).map(|received| received.counts), Ok(expected), "{text}");
    }
}

#[test]
fn bodies_without_counts_are_unreadable() {
    for text in [
        "",
        " ",
        "null",
        "[11,9,2]",
        "<html>502</html>",
        r#"{"total_attempts":1"#,
        r#"{"total_attempts":1,"total_unconverted":1} x"#,
        r#"{"url":null,"conversion_rate_percentage":"5"}"#,
        r#"{"total_attempts":"1","total_converted":1}"#,
        r#"{"total_attempts":1.5,"total_converted":1}"#,
        r#"{"total_attempts":1e-1,"total_converted":1}"#,
        r#"{"total_attempts":true}"#,
        r#"{"total_attempts":{}}"#,
        r#"{"message":"try again later"}"#,
        r#"{"total_attempts":null,"message":"try again later","status":200}"#,
        r#"{"total_attempts":9223372036854775808,"total_converted":1}"#,
        r#"{"total_attempts":1,"total_attempts":1,"total_converted":1}"#,
        r#"{"total_attempts":0,"conversion_rate_percentage":true}"#,
        r#"{"total_attempts":0,"conversion_rate_percentage":["5"]}"#,
        "\u{feff}{\"total_attempts\":0}",
    ] {
        let error = read(text).unwrap_err();
        assert!(matches!(error, BodyError::Unreadable(_) | BodyError::NoCounts), "{text}: {error}");
    }
    assert!(read_body(b"{\"total_attempts\":0,\"url\":\"\xff\"}").is_err());
}

#[test]
fn a_body_without_any_count_is_told_apart() {
    for (text, expected) in [
        ("{}", ZeroForm::LeftOut),
        (r#"{"url":null,"message":null,"status":200,"more":5}"#, ZeroForm::LeftOut),
        (r#"{"conversion_rate_percentage":"0.0"}"#, ZeroForm::LeftOut),
        (r#"{"total_attempts":null}"#, ZeroForm::Null),
        (r#"{"total_attempts":null,"total_converted":null,"total_unconverted":null}"#, ZeroForm::Null),
        (r#"{"total_attempts":null,"conversion_rate_percentage":null}"#, ZeroForm::Null),
        (r#"{"total_unconverted":0}"#, ZeroForm::Given),
        (r#"{"total_attempts":null,"total_converted":0}"#, ZeroForm::Given),
    ] {
        let received = read(text).unwrap();
        assert_eq!((received.zero_form, received.counts), (expected, Counts::ZERO), "{text}");
    }
}

#[test]
fn an_error_sent_with_success_is_one() {
    let error = |status, code, message: Option<&str>| ApiError { status, code, message: message.map(str::to_owned) };
    for (text, expected) in [
        (
            r#"{"code":60200,"message":"Invalid parameter","more_info":"…","status":400}"#,
            error(Some(400), Some(60_200), Some("Invalid parameter")),
        ),
        (r#"{"status":503}"#, error(Some(503), None, None)),
        (r#"{"status":"503"}"#, error(Some(503), None, None)),
        (r#"{"status":5.03e2}"#, error(Some(503), None, None)),
        (r#"{"status":1000000}"#, error(Some(u16::MAX), None, None)),
        (r#"{"code":20429}"#, error(None, Some(20_429), None)),
        (r#"{"code":"E17","message":5}"#, error(None, None, None)),
        (r#"{"code":1,"total_attempts":null}"#, error(None, Some(1), None)),
        (r#"{"status":500,"total_attempts":5,"total_converted":"?"}"#, error(Some(500), None, None)),
        (r#"{"status":500,"total_attempts":0}"#, error(Some(500), None, None)),
    ] {
        assert_eq!(read(text), Err(BodyError::Error(expected)), "{text}");
    }
}

#[test]
fn contradictions_are_named() {
    for (text, expected) in [
        (r#"{"total_attempts":-1}"#, "total_attempts is negative (-1)"),
        (r#"{"total_attempts":1,"total_converted":2,"total_unconverted":-1}"#, "total_unconverted is negative (-1)"),
        (r#"{"total_attempts":5}"#, "0 converted and 0 unconverted are not 5 attempts"),
        (
            r#"{"total_attempts":-2,"total_converted":9223372036854775807,"total_unconverted":9223372036854775807}"#,
            "total_attempts is negative (-2)",
        ),
        (
            r#"{"total_converted":9223372036854775807,"total_unconverted":9223372036854775807}"#,
            "9223372036854775807 converted and 9223372036854775807 unconverted are not 0 attempts",
        ),
        (
            r#"{"total_attempts":11,"total_converted":9,"total_unconverted":2,"conversion_rate_percentage":"18.18"}"#,
            "conversion_rate_percentage does not fit 9 converted of 11 attempts",
        ),
    ] {
        assert_eq!(read(text).unwrap_err().to_string(), expected, "{text}");
    }
}

#[test]
fn percentages_fit_within_one_unit_of_their_last_digit() {
    for (text, attempts, converted, fits) in [
        ("81.818181818", 11, 9, true),
        ("81.818181819", 11, 9, true),
        ("81.818181820", 11, 9, false),
        ("81.8", 11, 9, true),
        ("81.7", 11, 9, false),
        ("82", 11, 9, true),
        ("81", 11, 9, true),
        ("83", 11, 9, false),
        // Shortest forms of doubles, of 100·c/a and of c/a·100.
        ("81.81818181818181", 11, 9, true),
        ("81.81818181818183", 11, 9, true),
        ("3.3333333333333335", 30, 1, true),
        ("99.99999999999999", 1, 1, true),
        ("1e2", 1, 1, true),
        ("1E+2", 1, 1, true),
        ("1e2", 2, 1, false),
        ("1e-7", 1_000_000_000, 1, true),
        ("1.5e-07", 2_000_000_000, 3, true),
        ("3e-7", 1_000_000_000, 1, false),
        ("0", 7, 0, true),
        ("0.0", 7, 0, true),
        ("-0.0", 7, 0, true),
        ("0e999", 7, 0, true),
        ("100.0", 7, 7, true),
        ("100.000000000000000000", i64::MAX, i64::MAX, true),
        ("0050", 2, 1, true),
        ("-50", 2, 1, false),
        ("1000", 2, 1, false),
        ("1e2147483647", 2, 1, false),
        ("1e-2147483648", 2, 1, false),
        ("1e99999999999", 2, 1, false),
        ("", 2, 1, false),
        ("-", 2, 1, false),
        (".5", 2, 1, false),
        ("50.", 2, 1, false),
        ("50%", 2, 1, false),
        (" 50", 2, 1, false),
        ("+50", 2, 1, false),
        ("5_0", 2, 1, false),
        ("50e", 2, 1, false),
        ("50e1.0", 2, 1, false),
        ("--50", 2, 1, false),
        ("٥٠", 2, 1, false),
        ("NaN", 2, 1, false),
        ("inf", 2, 1, false),
    ] {
        let verdict = Percentage::parse(text).is_some_and(|percentage| percentage.fits(counts(attempts, converted)));
        assert_eq!(verdict, fits, "{text} for {converted} of {attempts}");
    }
}

#[test]
fn a_number_keeps_its_literal_form() {
    let received =
        read(r#"{"total_attempts":2,"total_converted":1,"total_unconverted":1,"conversion_rate_percentage":50.000}"#);
    let rate = received.unwrap().body.conversion_rate_percentage;
    assert_eq!(rate, Some(Rate::Number("50.000".to_owned())));
}

#[test]
fn a_megabyte_of_digits_is_judged_at_once() {
    let digits = "3".repeat(1 << 20);
    let third = |rate: &str| {
        read(&format!(
            r#"{{"total_attempts":3,"total_converted":1,"total_unconverted":2,"conversion_rate_percentage":{rate}}}"#
        ))
    };
    assert!(third(&format!("\"33.{digits}\"")).is_ok());
    assert!(third(&format!("33.{digits}")).is_ok());
    assert!(third(&format!("\"{digits}\"")).is_err());
    assert!(third(&format!("\"{}33.3\"", "0".repeat(1 << 20))).is_ok());
    assert!(read(&format!(r#"{{"total_attempts":{digits}}}"#)).is_err());
}

fn decimal(attempts: i64, converted: i64, decimals: u32, off: i128) -> String {
    let scale = 10_i128.pow(decimals);
    let units = 100 * i128::from(converted) * scale / i128::from(attempts) + off;
    match decimals {
        0 => units.to_string(),
        _ => format!("{}.{:0width$}", units / scale, units % scale, width = decimals as usize),
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_body(&bytes);
    }

    #[test]
    fn arbitrary_percentages_never_panic(text in "-?[0-9.eE+-]{0,40}", attempts in 1..=i64::MAX) {
        let _ = Percentage::parse(&text).map(|percentage| percentage.fits(counts(attempts, attempts / 3)));
    }

    #[test]
    fn rounded_and_cut_percentages_fit_and_two_units_off_does_not(
        attempts in 1..=i64::MAX, part in 0.0..=1.0_f64, decimals in 0_u32..=12,
    ) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any number up to attempts")]
        let converted = ((attempts as f64 * part) as i64).min(attempts);
        let counts = counts(attempts, converted);
        let fits = |off| Percentage::parse(&decimal(attempts, converted, decimals, off)).unwrap().fits(counts);
        prop_assert!(fits(0));
        prop_assert!(fits(1) || decimal(attempts, converted, decimals, 0).ends_with('0'));
        prop_assert!(!fits(2));
    }

    #[test]
    fn what_a_double_prints_fits(attempts in 1_i64..1_000_000, part in 0.0..=1.0_f64) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "small numbers")]
        let converted = (attempts as f64 * part) as i64;
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let (attempts_f, converted_f) = (attempts as f64, converted as f64);
        for percentage in [100.0 * converted_f / attempts_f, converted_f / attempts_f * 100.0] {
            let parsed = Percentage::parse(&percentage.to_string()).unwrap();
            prop_assert!(parsed.fits(counts(attempts, converted)), "{percentage}");
        }
    }
}
