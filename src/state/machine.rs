//! Which machine this is.

use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use super::StateError;

const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
const HOST_NAME: &str = "/proc/sys/kernel/hostname";

/// A machine, from its start to its end. Containers of one host are one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Unique to the boot.
    pub boot: String,
    /// For people.
    pub host: String,
}

impl Machine {
    /// The one that this process runs on.
    ///
    /// # Errors
    /// The system doesn't tell its boot id.
    pub fn this() -> Result<Self, StateError> {
        let boot = fs::read_to_string(BOOT_ID).map_err(|source| StateError::Disk {
            action: "read the boot id",
            path: PathBuf::from(BOOT_ID),
            source,
        })?;
        let host = fs::read_to_string(HOST_NAME).unwrap_or_default();
        Ok(Self { boot: boot.trim().to_owned(), host: host.trim().to_owned() })
    }
}

/// `HOST/BOOT`, for tests that play several machines.
impl FromStr for Machine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (host, boot) = text.split_once('/').ok_or("takes HOST/BOOT")?;
        Ok(Self { boot: boot.to_owned(), host: host.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_boot_id() {
        let machine = Machine::this().unwrap();
        assert!(machine.boot.len() >= 32, "{machine:?}");
        assert_eq!(machine, Machine::this().unwrap());
    }
}
