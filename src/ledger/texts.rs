//! The table `texts`: each text that rows name, once.

use std::collections::HashMap;

use super::database::{Database, Result, values};

/// How many different texts are remembered; there are few, unless every answer brings a url of its own.
const REMEMBERED: usize = 4096;

/// The numbers of texts met. They stay right for as long as the ledger is open: only pruning removes any, and that needs
/// the ledger for itself.
#[derive(Debug, Default)]
pub(super) struct Texts(HashMap<String, i64>);

impl Texts {
    pub fn number(&mut self, database: &Database, text: &str) -> Result<i64> {
        if let Some(number) = self.0.get(text) {
            return Ok(*number);
        }
        database.execute("INSERT INTO texts (text) VALUES (?1) ON CONFLICT DO NOTHING", values![text])?;
        let number = database.only("SELECT id FROM texts WHERE text = ?1", values![text], |row| row.integer(0))?;
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        self.0.insert(text.to_owned(), number);
        Ok(number)
    }
}
