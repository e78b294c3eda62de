//! Where the datasets of a job's accounts are, and the files of the report over them go.

use std::num::NonZeroUsize;
use std::thread;

use crate::cli::environment::Environment;
use crate::cli::exit::CommandError;
use crate::cli::signals::runtime;
use crate::job::Job;
use crate::model::{DatasetName, Location};
use crate::pipeline::{Failure, Look};
use crate::store::StoreVariables;

/// How many datasets of a store a processor waits for at once.
const STORE_WAITS: NonZeroUsize = NonZeroUsize::new(8).expect("it is not 0");

/// Where the datasets of a job's accounts are.
pub struct Datasets<'a> {
    job: &'a Job,
    variables: StoreVariables,
}

impl<'a> Datasets<'a> {
    pub fn of(job: &'a Job, environment: &Environment) -> Result<Self, CommandError> {
        let variables = match &job.output.directory {
            Location::Folder(_) => StoreVariables::default(),
            Location::Store(url) => environment.store_variables(url.kind)?,
        };
        Ok(Self { job, variables })
    }

    /// How many are read at once: reading a disk takes a processor, reading a store waits.
    pub fn at_once(&self) -> NonZeroUsize {
        let processors = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        match &self.job.output.directory {
            Location::Folder(_) => processors,
            Location::Store(_) => processors.saturating_mul(STORE_WAITS),
        }
    }

    pub fn look(&self, name: DatasetName) -> Result<Look, Failure> {
        match &self.job.output.directory {
            Location::Folder(folder) => Ok(Look::at_folder(folder, name)),
            Location::Store(url) => {
                let runtime = runtime().map_err(|error| Failure::failed(error.message))?;
                runtime.block_on(Look::at_store(url, name, &self.variables))
            }
        }
    }

    /// Where the files of the report over all of them go.
    pub fn place(&self) -> Result<Look, Failure> {
        let name = DatasetName::from(self.job.name.as_str());
        match &self.job.output.directory {
            Location::Folder(folder) => Ok(Look::at_folder(folder, name)),
            Location::Store(url) => Look::at_store_to_put(url, name, &self.variables),
        }
    }
}
