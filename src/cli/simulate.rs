//! `simulate`: serves the simulated account, or prints the truth about it.

use std::io::{BufWriter, Write};
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::args::SimulateArgs;
use super::ca_file::CaFile;
use super::describe::{Extent, describe};
use super::exit::{CommandError, Exit};
use super::load::load_job;
use super::log::style;
use super::output::{say, tell};
use super::signals::Signals;
use crate::clock::{Clock, SetClock, SystemClock};
use crate::job::Job;
use crate::model::{
    AccountSid, Cell, Counts, Finding, Matrix, Provenance, Remainder, RestsOn, RunId, UnixMicros, UnixSeconds,
    printable, shown,
};
use crate::rollup::RowContext;
use crate::simulator::{Accounts, Faults, ListFlaws, Server, ServiceSids, Settings, Tls, TruthTable, World, Worlds};
use crate::sink::CsvWriter;

/// Serves until a signal comes, or prints the truth.
pub fn simulate(arguments: &SimulateArgs) -> Result<Exit, CommandError> {
    let clock: Arc<dyn Clock> = match arguments.now {
        None => Arc::new(SystemClock),
        Some(now) if arguments.ticking => Arc::new(SetClock::ticking(now)),
        Some(now) => Arc::new(SetClock::standing(now)),
    };
    let settings = settings(arguments)?;
    let account = arguments.account.unwrap_or(AccountSid::ZEROS);
    let world = Worlds::new(&settings).of(account);
    if let Some(path) = &arguments.truth {
        return truth(path, &world, account, arguments.as_of, clock.now());
    }
    if arguments.describe {
        return say(&describe(&world, clock.now(), Extent::Whole));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandError::failed(format!("cannot start threads: {error}")))?;
    runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let accounts = settings.accounts;
        let server = Server::bind(arguments.port, settings, Arc::clone(&clock))
            .await
            .map_err(|error| CommandError::failed(format!("cannot listen on 127.0.0.1:{}: {error}", arguments.port)))?;
        let mut told = vec![format!("listening on http://{}\n", server.address())];
        let (server, _file) = if arguments.tls {
            // Clients go by the machine's clock, whatever the account's is.
            let tls = Tls::new(SystemClock.now())
                .map_err(|error| CommandError::failed(format!("cannot make certificates: {error}")))?;
            let file = CaFile::write(arguments.ca.as_deref(), tls.certificate())?;
            told.push(format!("CA certificate {}\n", shown(file.path())));
            (server.with_tls(tls), Some(file))
        } else {
            (server, None)
        };
        // A reader may have had enough with the first line.
        say(&told.join(""))?;
        if !arguments.quiet {
            let address = server.address();
            // Nobody has to wait for it who knows what to ask.
            tokio::task::spawn_blocking(move || tell(&describe(&world, clock.now(), Extent::Short(address, accounts))));
        }
        server
            .run_until(async {
                // An error means that no signal can come any more; serving goes on then.
                if signals.stop.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            })
            .await;
        Ok(Exit::Success)
    })
}

/// How the account behaves.
fn settings(arguments: &SimulateArgs) -> Result<Settings, CommandError> {
    let services = ServiceSids::new(arguments.seed, &arguments.service)
        .map_err(|error| CommandError::usage(format!("--service: {error}")))?;
    let list = arguments.list_flaw.iter().try_fold(ListFlaws::default(), |flaws, text| {
        flaws.with(text).map_err(|error| CommandError::usage(format!("--list-flaw {}: {error}", printable(text))))
    })?;
    Ok(Settings {
        seed: arguments.seed,
        accounts: if arguments.each_account { Accounts::Each } else { Accounts::One },
        incidents: arguments.incidents,
        services,
        auth: arguments.auth.clone().unwrap_or_default(),
        requests_per_minute: NonZeroU32::new(arguments.requests_per_minute),
        window: arguments.window,
        interval: arguments.interval,
        stamps: arguments.stamps,
        fractions: arguments.fractions,
        latency: arguments.latency,
        faults: Faults {
            server_error: arguments.fault_5xx,
            throttle: arguments.fault_429,
            reset: arguments.fault_reset,
            hang: arguments.fault_hang,
            json: arguments.fault_json,
            counts: arguments.fault_counts,
            chosen: arguments.fault.clone(),
            fail_next: arguments.fail_next,
            of_accounts: arguments.account_fault.clone(),
        },
        ignored: arguments.ignore_filter.iter().copied().collect(),
        ignored_from: arguments.ignore_from,
        retention: arguments.retention,
        list,
    })
}

/// The table as it would be if every question were answered rightly, at a time of day.
fn truth(
    path: &Path,
    world: &World,
    account: AccountSid,
    as_of: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Exit, CommandError> {
    let job = load_job(path, style())?;
    let as_of = UnixSeconds::from(as_of.unwrap_or(now));
    let matrix = job.matrix(as_of).map_err(CommandError::usage)?;
    let out = BufWriter::new(std::io::stdout());
    let table = world.truth_table(&matrix, now);
    let context = RowContext {
        account,
        run_id: RunId(Uuid::nil()),
        published_at: UnixMicros::from(now),
        timezone: job.windows.timezone,
    };
    write_truth(&job, &matrix, &table, &context, as_of, out)
        .map_err(|error| CommandError::failed(format!("cannot write the truth: {error}")))?;
    Ok(Exit::Success)
}

fn write_truth(
    job: &Job,
    matrix: &Matrix,
    table: &TruthTable,
    context: &RowContext,
    as_of: UnixSeconds,
    out: impl Write + Send,
) -> Result<(), crate::sink::WriteError> {
    let settling = job.settling();
    let finding = |cell: Cell, counts: Counts, provenance| Finding {
        cell,
        counts,
        provenance,
        cost: None,
        is_final: settling.is_settled(cell.window, as_of),
        asked_at: context.published_at,
        rests_on: RestsOn::Totals,
    };
    let cells = table.cells.iter().enumerate();
    let mut rows: Vec<_> =
        cells.map(|(index, counts)| context.row(&finding(matrix.cell(index), *counts, Provenance::Measured))).collect();
    if job.remainder == Remainder::Keep {
        let remainders = table.remainders.iter();
        rows.extend(remainders.map(|(cell, counts)| context.row(&finding(*cell, *counts, Provenance::Implied))));
    }
    rows.sort_unstable_by_key(|row| row.key);
    let mut writer = CsvWriter::new(out)?;
    for row in &rows {
        writer.write(row)?;
    }
    writer.finish()?;
    Ok(())
}
