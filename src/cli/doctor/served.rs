//! A state in a database: whether it is reached, and what is there. No table is made.

use super::check::Check;
use crate::cli::exit::{CommandError, Exit};
use crate::model::PostgresUrl;
use crate::postgres::Login;
use crate::state::{ServerTables, StateServer};

/// How it stands, and whether there is a bucket to ask under.
pub fn state(check: &'static str, url: &PostgresUrl, login: &Login) -> (Check, bool) {
    match StateServer::new(url, login).tables() {
        Err(error) => (Check::failed(check, CommandError::caused(&error)), false),
        Ok(tables) => (judged(check, url, tables), tables.may_write && tables.format.is_some()),
    }
}

fn judged(check: &'static str, url: &PostgresUrl, ServerTables { format, may_write }: ServerTables) -> Check {
    let tables = format.map_or_else(|| "no tables yet".to_owned(), |format| format!("tables of format {format}"));
    match format {
        None if may_write => Check::good(check, format!("{url}, {tables}: the first run makes them")),
        Some(_) if may_write => Check::good(check, format!("{url}, {tables}")),
        None => {
            let remedy = "name the primary server, and let the role make a schema: GRANT CREATE ON DATABASE";
            Check::bad(check, Exit::Failed, format!("{url}, {tables}, and the role may not make them"), remedy)
        }
        Some(_) => {
            let remedy = "name the primary server, and the role that made the tables, or one that is a member of it";
            Check::bad(check, Exit::Failed, format!("{url}, {tables}, to which the role may not write"), remedy)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::check::Health;
    use crate::postgres::{Session, server};

    fn at(url: &PostgresUrl) -> Check {
        state("state", url, &Login::default()).0
    }

    #[test]
    fn a_database_is_looked_at_and_left_as_it_is() {
        let url = server::new_database();
        let meddle = |statements| Session::open(&url, &Login::default()).unwrap().run("meddle", statements).unwrap();
        let (there, twice) = (at(&url), at(&url));
        assert_eq!((there.state, twice.found.as_str()), (Health::Ok, there.found.as_str()));
        assert!(there.found.ends_with("no tables yet: the first run makes them"), "{}", there.found);

        meddle("CREATE ROLE visitor LOGIN");
        let visitor = PostgresUrl { user: "visitor".to_owned(), ..url.clone() };
        let refused = at(&visitor);
        assert_eq!((refused.state, refused.exit), (Health::Problem, Exit::Failed));
        assert!(refused.remedy.unwrap().contains("GRANT CREATE"), "{}", refused.found);

        meddle("CREATE SCHEMA verify_rollup CREATE TABLE format (steps BIGINT) CREATE TABLE answers (id BIGINT)");
        meddle("INSERT INTO verify_rollup.format VALUES (1)");
        assert!(at(&url).found.ends_with("tables of format 1"));
        meddle("GRANT USAGE ON SCHEMA verify_rollup TO visitor; GRANT SELECT ON verify_rollup.format TO visitor");
        assert!(at(&visitor).found.contains("may not write"));
        meddle("UPDATE verify_rollup.format SET steps = 99");
        assert!(at(&url).found.contains("have format 99"), "{}", at(&url).found);
    }

    #[test]
    fn a_server_that_is_not_there_is_named_with_what_to_see_to() {
        let folder = tempfile::tempdir().unwrap();
        let url = PostgresUrl { host: folder.path().to_str().unwrap().to_owned(), ..url("postgres://u@localhost/d") };
        let check = at(&url);
        assert_eq!((check.state, check.exit), (Health::Problem, Exit::Failed));
        assert!(check.found.contains(&url.to_string()) && check.found.contains("see that it is up"), "{}", check.found);
    }

    fn url(text: &str) -> PostgresUrl {
        PostgresUrl::parse(text).unwrap()
    }
}
