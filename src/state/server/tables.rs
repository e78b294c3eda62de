//! The tables of a state on a server: made where they are missing, and refused where a later release made them.
//!
//! They are in a schema of their own; a row of `format` says how many steps they have taken. Those of the ledger are as the
//! newest format of its file has them; texts are found by a hash, as a tree takes none of more than a third of a page.

use super::super::StateError;
use crate::postgres::{PostgresError, Session};

/// All that use the tables find them here, and what they are told is committed is on disk, whatever a role's settings say.
pub(super) const USE: &str = "SET search_path = verify_rollup; SET synchronous_commit = on";

/// The same for those who use the ledger: whoever removes rows must have it alone, as they know rows by their numbers. It
/// is the lock of [`IN_USE`].
pub(super) const USE_LEDGER: &str = "SET search_path = verify_rollup; SET synchronous_commit = on;
    SELECT pg_advisory_lock_shared(x'7672757100000000'::bigint)";

/// The key of the lock that all who use the ledger share.
pub(super) const IN_USE: i64 = 0x7672_7571_0000_0000;

/// One process at a time looks for the tables, and makes what is missing.
const BEGIN: &str = "
    BEGIN;
    SELECT pg_advisory_xact_lock(x'7672757000000000'::bigint);
    DO $$ BEGIN IF to_regnamespace('verify_rollup') IS NULL THEN CREATE SCHEMA verify_rollup; END IF; END $$;
    SET LOCAL search_path = verify_rollup;
    CREATE TABLE IF NOT EXISTS format (steps BIGINT NOT NULL)";

/// The format that this program writes.
pub(super) const NEWEST: u32 = 4;

/// The step to each format from the one before; the row of `format` counts those that were taken.
const STEPS: [&str; NEWEST as usize] = [LEDGER, HOSTS, TURNS, LACKING];

const LEDGER: &str = "
    CREATE TABLE origins (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        account TEXT NOT NULL,
        origin TEXT NOT NULL,
        UNIQUE (account, origin)
    );
    CREATE TABLE texts (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        text TEXT NOT NULL,
        EXCLUDE USING hash (text WITH =)
    );
    CREATE TABLE runs (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        run_id TEXT NOT NULL UNIQUE,
        origin BIGINT NOT NULL REFERENCES origins,
        job TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        as_of BIGINT NOT NULL,
        as_of_given BIGINT NOT NULL,
        started_at BIGINT NOT NULL,
        seen_at BIGINT NOT NULL,
        ended_at BIGINT,
        status TEXT NOT NULL
    );
    CREATE INDEX runs_by_origin ON runs (origin, fingerprint);
    CREATE TABLE answers (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        origin BIGINT NOT NULL,
        run BIGINT NOT NULL,
        range_start BIGINT NOT NULL,
        range_end BIGINT NOT NULL,
        service BIGINT,
        country TEXT,
        channel TEXT,
        prefix BIGINT,
        round BIGINT NOT NULL,
        asked_at BIGINT NOT NULL,
        attempts BIGINT NOT NULL,
        converted BIGINT NOT NULL,
        total_attempts BIGINT,
        total_converted BIGINT,
        total_unconverted BIGINT,
        rate TEXT,
        url BIGINT,
        implied BIGINT NOT NULL,
        server_at BIGINT,
        proved BIGINT NOT NULL DEFAULT 0
    );
    CREATE INDEX answers_by_range ON answers (origin, range_start, range_end);
    CREATE TABLE notes (
        origin BIGINT NOT NULL,
        name TEXT NOT NULL,
        value BIGINT NOT NULL,
        seen_at BIGINT NOT NULL,
        PRIMARY KEY (origin, name)
    );
    CREATE TABLE ranges (
        origin BIGINT NOT NULL,
        doublings BIGINT NOT NULL,
        range_start BIGINT NOT NULL,
        range_end BIGINT NOT NULL,
        PRIMARY KEY (origin, doublings, range_start, range_end)
    );
    CREATE TABLE segments (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        origin BIGINT NOT NULL,
        run BIGINT NOT NULL,
        range_start BIGINT NOT NULL,
        range_end BIGINT NOT NULL,
        asked_at BIGINT NOT NULL,
        server_at BIGINT,
        prefixes TEXT NOT NULL
    );
    CREATE INDEX segments_by_end ON segments (origin, range_end);
    CREATE TABLE listed (
        segment BIGINT NOT NULL,
        slot BIGINT NOT NULL,
        number BIGINT NOT NULL,
        service BIGINT,
        country TEXT,
        channel TEXT,
        prefix BIGINT,
        attempts BIGINT NOT NULL,
        converted BIGINT NOT NULL,
        priced BIGINT NOT NULL,
        cost BIGINT NOT NULL,
        currency TEXT NOT NULL,
        PRIMARY KEY (segment, slot, number)
    );
    CREATE TABLE confirmed (
        origin BIGINT NOT NULL,
        range_end BIGINT NOT NULL,
        range_start BIGINT NOT NULL,
        split BIGINT NOT NULL,
        segment BIGINT,
        run BIGINT NOT NULL,
        without_channels TEXT NOT NULL,
        without_countries TEXT NOT NULL,
        PRIMARY KEY (origin, range_end, range_start, split)
    );
";

/// Whose a run is and how many groups of its answers were written, for hosts that follow one another; what they share.
const HOSTS: &str = "
    ALTER TABLE runs ADD COLUMN holder TEXT NOT NULL DEFAULT '', ADD COLUMN written BIGINT NOT NULL DEFAULT 0;
    CREATE TABLE leases (
        name TEXT PRIMARY KEY,
        token BIGINT NOT NULL,
        holder TEXT NOT NULL,
        claimant TEXT NOT NULL,
        beaten_at TIMESTAMPTZ,
        backend INTEGER NOT NULL,
        backend_start TIMESTAMPTZ
    );
    CREATE TABLE buckets (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL
    );
";

/// Who works on which account, and what that came to.
const TURNS: &str = "
    CREATE TABLE turns (
        command TEXT NOT NULL,
        account TEXT NOT NULL,
        wanted_at BIGINT NOT NULL,
        host TEXT,
        claim TEXT,
        ended_at BIGINT,
        record TEXT,
        PRIMARY KEY (command, account)
    );
    CREATE INDEX turns_by_end ON turns (command, ended_at NULLS FIRST, account) WHERE host IS NULL;
";

/// Which hosts lack what an account needs, by the names of their leases, a line each.
const LACKING: &str = "
    ALTER TABLE turns ADD COLUMN lacking TEXT NOT NULL DEFAULT '';
";

/// Brings the tables up to date, and lets a session use them by these statements.
pub(super) fn prepare(session: &mut Session, start: &str) -> Result<(), StateError> {
    let newest = i64::from(NEWEST);
    if taken(session)?.is_none_or(|taken| taken < newest) {
        make(session)?;
    }
    match taken(session)? {
        Some(found) if found > newest => Err(StateError::Newer { found, known: NEWEST }),
        _ => Ok(session.start_with("find the state's tables", start)?),
    }
}

fn make(session: &Session) -> Result<(), PostgresError> {
    session.begin("begin to make the state's tables", BEGIN)?;
    // Another process may have done it while we waited.
    let before = taken(session)?.unwrap_or(0);
    for (_, step) in (0..).zip(STEPS).filter(|(number, _)| *number >= before) {
        session.run("make the state's tables", step)?;
    }
    let count = format!("DELETE FROM format; INSERT INTO format VALUES ({}); COMMIT", i64::from(NEWEST).max(before));
    session.end("keep the state's tables", &count)
}

/// How many steps the tables have taken; `None`: there are none.
pub(super) fn taken(session: &Session) -> Result<Option<i64>, PostgresError> {
    let what = "tell the state's format";
    let there = session.query(what, "SELECT to_regclass('verify_rollup.format') IS NOT NULL", &[])?;
    let is_there = there.first().map(|row| row.flag(0)).transpose()?;
    if is_there != Some(true) {
        return Ok(None);
    }
    let found = session.query(what, "SELECT max(steps) FROM verify_rollup.format", &[])?;
    let steps = found.first().map(|row| row.integer(0)).transpose()?;
    Ok(steps.flatten())
}
