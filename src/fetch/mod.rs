//! How the API is asked: one HTTP try at a time, the limiter every try passes, and what a failed try leads to.

mod bucket;
mod bucket_file;
mod bucket_format;
mod limiter;

pub use bucket::{Bucket, Completion, Limit, Token};
pub use bucket_file::{BucketFile, BucketFileError};
pub use limiter::{Claim, Limiter};
