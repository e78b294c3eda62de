//! The formats of the file, each as the step from the one before.

/// The format that this program writes.
pub(super) const NEWEST: u32 = 4;

/// The step to each format from the one before; a ledger's `user_version` counts those it has taken.
///
/// `answers` has no unique text: rows are appended, and the index grows at its end as windows are asked in order.
/// A row with `implied` is no answer: the answers of its run imply it, and no body came with it.
/// `range_start` and `range_end` are the bounds that were sent (`sent`). `ranges` has each pair of them once, by the
/// order of its length. `server_at` is the server's time of the answer; an answer is `proved` when a run passed its
/// checks with it.
/// `segments` are stretches of the list that a run read, `listed` what their attempts add up to, in the order of time;
/// `confirmed` are windows whose listed sums Summary confirmed, and in which segment they stand: NULL says in those of
/// other confirmed windows. Their ranges are windows, as an attempt is placed by its own date, and both are found by
/// their ends, so that a look at late windows does not pass by early ones.
/// References are for readers of the file; enforcing them would cost a lookup per row.
pub(super) const MIGRATIONS: [&str; NEWEST as usize] = [
    "
    CREATE TABLE origins (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        origin TEXT NOT NULL,
        UNIQUE (account, origin)
    ) STRICT;
    CREATE TABLE texts (
        id INTEGER PRIMARY KEY,
        text TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL UNIQUE,
        origin INTEGER NOT NULL REFERENCES origins,
        job TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        as_of INTEGER NOT NULL,
        as_of_given INTEGER NOT NULL,
        started_at INTEGER NOT NULL,
        seen_at INTEGER NOT NULL,
        ended_at INTEGER,
        status TEXT NOT NULL
    ) STRICT;
    CREATE TABLE answers (
        id INTEGER PRIMARY KEY,
        origin INTEGER NOT NULL REFERENCES origins,
        run INTEGER NOT NULL REFERENCES runs,
        range_start INTEGER NOT NULL,
        range_end INTEGER NOT NULL,
        service INTEGER REFERENCES texts,
        country TEXT,
        channel TEXT,
        prefix INTEGER,
        round INTEGER NOT NULL,
        asked_at INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        converted INTEGER NOT NULL,
        total_attempts INTEGER,
        total_converted INTEGER,
        total_unconverted INTEGER,
        rate TEXT,
        url INTEGER REFERENCES texts
    ) STRICT;
    CREATE INDEX answers_by_range ON answers (origin, range_start, range_end);
",
    "
    ALTER TABLE answers ADD COLUMN implied INTEGER NOT NULL DEFAULT 0;
",
    "
    ALTER TABLE answers ADD COLUMN server_at INTEGER;
    ALTER TABLE answers ADD COLUMN proved INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE notes (
        origin INTEGER NOT NULL REFERENCES origins,
        name TEXT NOT NULL,
        value INTEGER NOT NULL,
        seen_at INTEGER NOT NULL,
        PRIMARY KEY (origin, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE ranges (
        origin INTEGER NOT NULL REFERENCES origins,
        doublings INTEGER NOT NULL,
        range_start INTEGER NOT NULL,
        range_end INTEGER NOT NULL,
        PRIMARY KEY (origin, doublings, range_start, range_end)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO ranges
        WITH RECURSIVE powers (doublings, length) AS (
            SELECT 0, 1 UNION ALL SELECT doublings + 1, length * 2 FROM powers WHERE doublings < 62
        )
        SELECT origin, (SELECT max(doublings) FROM powers WHERE length <= max(range_end - range_start, 1)),
               range_start, range_end
        FROM (SELECT DISTINCT origin, range_start, range_end FROM answers);
",
    "
    CREATE TABLE segments (
        id INTEGER PRIMARY KEY,
        origin INTEGER NOT NULL REFERENCES origins,
        run INTEGER NOT NULL REFERENCES runs,
        range_start INTEGER NOT NULL,
        range_end INTEGER NOT NULL,
        asked_at INTEGER NOT NULL,
        server_at INTEGER,
        prefixes TEXT NOT NULL
    ) STRICT;
    CREATE INDEX segments_by_end ON segments (origin, range_end);
    CREATE TABLE listed (
        segment INTEGER NOT NULL REFERENCES segments,
        slot INTEGER NOT NULL,
        number INTEGER NOT NULL,
        service INTEGER REFERENCES texts,
        country TEXT,
        channel TEXT,
        prefix INTEGER,
        attempts INTEGER NOT NULL,
        converted INTEGER NOT NULL,
        priced INTEGER NOT NULL,
        cost INTEGER NOT NULL,
        currency TEXT NOT NULL,
        PRIMARY KEY (segment, slot, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE confirmed (
        origin INTEGER NOT NULL REFERENCES origins,
        range_end INTEGER NOT NULL,
        range_start INTEGER NOT NULL,
        split INTEGER NOT NULL REFERENCES texts,
        segment INTEGER REFERENCES segments,
        run INTEGER NOT NULL REFERENCES runs,
        without_channels TEXT NOT NULL,
        without_countries TEXT NOT NULL,
        PRIMARY KEY (origin, range_end, range_start, split)
    ) STRICT, WITHOUT ROWID;
",
];
