//! How the API is asked: one HTTP try at a time, the limiter every try passes, and what a failed try leads to.

mod api;
mod body;
mod bucket;
mod bucket_file;
mod bucket_format;
mod health;
mod limiter;
mod percentage;
mod retry;

pub use api::{Api, AskError, AskErrorKind, NoAnswerKind, Reached, Received};
pub use body::{BodyError, check_body, read_body};
pub use bucket::{Bucket, Completion, Limit, Token};
pub use bucket_file::{BucketFile, BucketFileError};
pub use health::{Health, RunEnd};
pub use limiter::{Claim, Limiter};
pub use retry::{Decision, RetryPolicy, decide, give_up};
