//! The table's order, as writers keep it.

use super::WriteError;
use crate::model::RowKey;

/// Refuses rows that do not ascend strictly by key.
#[derive(Debug, Default)]
pub(super) struct OrderGuard {
    previous: Option<RowKey>,
}

impl OrderGuard {
    pub(super) fn admit(&mut self, key: RowKey) -> Result<(), WriteError> {
        if self.previous.is_some_and(|previous| key <= previous) {
            return Err(WriteError::OutOfOrder { row_key: key.to_string() });
        }
        self.previous = Some(key);
        Ok(())
    }
}
