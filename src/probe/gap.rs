//! Why something stays unknown.

/// The reason, for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Gap {
    /// There is nothing to compare with.
    #[error("no attempts to tell by")]
    NoAttempts,
    /// E-mail has neither country nor number.
    #[error("all attempts are e-mail's, which have neither country nor number")]
    OnlyEmail,
    /// A request failed for good.
    #[error("a request failed: {0}")]
    Failed(String),
    /// The API does not take a question without which nothing can be told.
    #[error("the API refuses the question: {0}")]
    Refused(String),
    /// It depends on a parameter that is ignored.
    #[error("it takes {0}, which is ignored")]
    Needs(&'static str),
    /// The bound on questions was reached.
    #[error("it would take too many requests")]
    TooManyQuestions,
    /// The probe ended earlier.
    #[error("not asked")]
    NotAsked,
    /// No behaviour that this program knows explains the answers.
    #[error("the answers contradict each other")]
    Contradiction,
}
