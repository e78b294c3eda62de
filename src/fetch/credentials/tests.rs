//! Who asks, from environments of every kind; no value in any message.

use super::*;

const SID: &str = "AC0123456789abcdef0123456789abcdef";

fn read(environment: &[(&str, &str)]) -> Result<Credentials, CredentialsError> {
    let lookup =
        |name: &str| Ok(environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()));
    Credentials::read(lookup, |path| match path.to_str() {
        Some("/run/token") => Ok("file-s3cret\n".to_owned()),
        Some("/run/crlf") => Ok("file-s3cret\r\n".to_owned()),
        Some("/run/bare") => Ok("file s3cret ".to_owned()),
        Some("/run/empty") => Ok("\n".to_owned()),
        _ => Err(io::ErrorKind::NotFound.into()),
    })
}

#[test]
fn the_environment_names_a_user_and_a_secret() {
    for (environment, user, secret) in [
        (&[("TWILIO_AUTH_TOKEN", "s3cret")][..], SID, "s3cret"),
        (&[("TWILIO_AUTH_TOKEN_FILE", "/run/token")], SID, "file-s3cret"),
        (&[("TWILIO_AUTH_TOKEN_FILE", "/run/crlf")], SID, "file-s3cret"),
        (&[("TWILIO_AUTH_TOKEN_FILE", "/run/bare")], SID, "file s3cret "),
        (&[("TWILIO_AUTH_TOKEN", ""), ("TWILIO_AUTH_TOKEN_FILE", "/run/token")], SID, "file-s3cret"),
        (&[("TWILIO_API_KEY", "SK1"), ("TWILIO_API_SECRET", "s3cret")], "SK1", "s3cret"),
        (&[("TWILIO_API_KEY", "SK1"), ("TWILIO_API_SECRET_FILE", "/run/token")], "SK1", "file-s3cret"),
        (
            &[("TWILIO_API_KEY", "SK1"), ("TWILIO_API_SECRET", "s3cret"), ("TWILIO_AUTH_TOKEN", "other")],
            "SK1",
            "s3cret",
        ),
        (&[("TWILIO_API_KEY", ""), ("TWILIO_API_SECRET", "other"), ("TWILIO_AUTH_TOKEN", "s3cret")], SID, "s3cret"),
        // What a file or a command leaves behind a value is no part of it.
        (&[("TWILIO_AUTH_TOKEN", "s3cret\n")], SID, "s3cret"),
        (&[("TWILIO_AUTH_TOKEN", " s3 cret \r\n\n")], SID, " s3 cret "),
        (&[("TWILIO_AUTH_TOKEN_FILE", "/run/token\n")], SID, "file-s3cret"),
        (&[("TWILIO_AUTH_TOKEN", "\r\n"), ("TWILIO_AUTH_TOKEN_FILE", "/run/token")], SID, "file-s3cret"),
        (&[("TWILIO_API_KEY", "SK1\r\n"), ("TWILIO_API_SECRET", "s3cret\n")], "SK1", "s3cret"),
        (&[("TWILIO_API_KEY", "\n"), ("TWILIO_AUTH_TOKEN", "s3cret")], SID, "s3cret"),
    ] {
        for account in [SID.to_owned(), format!("{SID}\n"), format!("{SID}\r\n")] {
            let credentials = read(&[environment, &[(ACCOUNT, &account)]].concat()).unwrap();
            assert_eq!((credentials.user(), credentials.secret()), (user, secret));
            assert_eq!(credentials.account().to_string(), SID);
        }
    }
}

#[test]
fn what_is_missing_or_wrong_is_named_and_no_value_shown() {
    let account = (ACCOUNT, SID);
    for (environment, expected) in [
        (&[("TWILIO_AUTH_TOKEN", "s3cret")][..], "TWILIO_ACCOUNT_SID is not set"),
        (&[(ACCOUNT, ""), ("TWILIO_AUTH_TOKEN", "s3cret")], "TWILIO_ACCOUNT_SID is not set"),
        (&[(ACCOUNT, "s3cret")], "TWILIO_ACCOUNT_SID is no account SID"),
        (&[account], "no secret is set"),
        (&[account, ("TWILIO_AUTH_TOKEN", "")], "no secret is set"),
        (&[account, ("TWILIO_AUTH_TOKEN", "\n")], "no secret is set"),
        (&[(ACCOUNT, "\n"), ("TWILIO_AUTH_TOKEN", "s3cret")], "TWILIO_ACCOUNT_SID is not set"),
        (&[account, ("TWILIO_API_SECRET", "s3cret")], "no secret is set"),
        (&[account, ("TWILIO_API_KEY", "SK1")], "TWILIO_API_KEY is set without its secret"),
        (&[account, ("TWILIO_API_KEY", "SK1"), ("TWILIO_AUTH_TOKEN", "s3cret")], "without its secret"),
        (&[account, ("TWILIO_API_KEY", "SK1:s3cret"), ("TWILIO_API_SECRET", "s3cret")], "is no API key"),
        (
            &[account, ("TWILIO_AUTH_TOKEN", "s3cret"), ("TWILIO_AUTH_TOKEN_FILE", "/run/token")],
            "TWILIO_AUTH_TOKEN and TWILIO_AUTH_TOKEN_FILE are both set",
        ),
        (&[account, ("TWILIO_AUTH_TOKEN_FILE", "/none")], "cannot read /none, which TWILIO_AUTH_TOKEN_FILE names"),
        (&[account, ("TWILIO_AUTH_TOKEN_FILE", "/run/empty")], "/run/empty, which TWILIO_AUTH_TOKEN_FILE names, ho"),
    ] {
        let error = read(environment).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
}

#[test]
fn what_was_chosen_is_named_by_its_variables() {
    let chosen = |set: &[&str]| Signing::chosen(|name| set.contains(&name));
    let token = |token| Signing::AuthToken { token };
    let key = |secret| Signing::ApiKey { key: KEY, secret };
    assert_eq!(chosen(&["TWILIO_AUTH_TOKEN"]), token("TWILIO_AUTH_TOKEN"));
    assert_eq!(chosen(&["TWILIO_AUTH_TOKEN_FILE"]), token("TWILIO_AUTH_TOKEN_FILE"));
    assert_eq!(chosen(&["TWILIO_AUTH_TOKEN", KEY, "TWILIO_API_SECRET"]), key("TWILIO_API_SECRET"));
    assert_eq!(chosen(&[KEY, "TWILIO_API_SECRET_FILE"]), key("TWILIO_API_SECRET_FILE"));
}

#[test]
fn the_account_alone_needs_no_secret() {
    assert_eq!(account_sid(|_| Ok(Some(SID.to_owned()))).unwrap().to_string(), SID);
    assert!(account_sid(|_| Ok(None)).is_err());
}

#[test]
fn debug_shows_neither_key_nor_secret() {
    let credentials = read(&[(ACCOUNT, SID), (KEY, "SKabc"), ("TWILIO_API_SECRET", "s3cret")]).unwrap();
    assert_eq!(format!("{credentials:?}"), format!("Credentials {{ account: {SID}, .. }}"));
}

#[test]
fn secret_files_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "s3cret\n").unwrap();
    assert_eq!(read_secret_file(&path).unwrap(), "s3cret\n");
    std::fs::write(&path, "x".repeat(65 * 1024)).unwrap();
    assert!(read_secret_file(&path).is_err());
    assert!(read_secret_file(folder.path()).is_err());
}

#[test]
fn a_pipe_is_read_once_somebody_writes_and_not_waited_for_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let error = read_within(&path, Duration::from_millis(50)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{error}");
    // The one that waited in vain would have the text, where there is only one pipe.
    std::fs::remove_file(&path).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    std::thread::scope(|scope| {
        scope.spawn(|| std::fs::write(&path, "s3cret\n").unwrap());
        assert_eq!(read_secret_file(&path).unwrap(), "s3cret\n");
    });
}
