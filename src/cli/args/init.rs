//! The arguments of `init`.

use clap::Args;

use crate::job::JobName;

/// `init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Names the job, its file and its dataset [default: daily, monthly or hourly]
    #[arg(value_name = "NAME")]
    pub name: Option<JobName>,

    #[command(flatten)]
    pub template: TemplateArgs,
}

/// Which job it is to be.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct TemplateArgs {
    /// The last four weeks by day, kept up to date (unless another is chosen)
    #[arg(long)]
    daily: bool,

    /// Last month by day, with its report
    #[arg(long)]
    monthly: bool,

    /// The last two days by hour, for those on call
    #[arg(long)]
    hourly: bool,
}

/// The jobs to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// Days, kept up to date.
    Daily,
    /// A month, for its report.
    Monthly,
    /// Hours, to watch.
    Hourly,
}

impl TemplateArgs {
    /// The template that was chosen.
    pub const fn chosen(&self) -> Template {
        let Self { daily: _, monthly, hourly } = self;
        match (monthly, hourly) {
            (true, _) => Template::Monthly,
            (_, true) => Template::Hourly,
            _ => Template::Daily,
        }
    }
}
