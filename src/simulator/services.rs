//! The account's services, and how they differ.

/// How a service differs from the others.
pub(super) struct Service {
    /// Its part of every country's traffic.
    pub(super) share: f64,
    /// In how many of 100 countries it is offered.
    pub(super) reach: u32,
    /// E-mails a day.
    pub(super) email: f64,
    /// Factor on conversion rates.
    pub(super) conversion: f64,
    /// Relative traffic by local hour.
    pub(super) hours: [u32; 24],
    /// Factor on Saturdays and Sundays.
    pub(super) weekend: f64,
}

const AROUND_THE_CLOCK: [u32; 24] =
    [4, 3, 2, 1, 1, 2, 5, 9, 13, 15, 15, 15, 14, 14, 14, 14, 15, 16, 17, 18, 17, 13, 9, 6];
const OFFICE_HOURS: [u32; 24] = [0, 0, 0, 0, 0, 1, 3, 12, 30, 28, 20, 18, 12, 20, 18, 16, 14, 9, 4, 2, 1, 1, 0, 0];

/// The account's services, busiest first: a login, a sign-up, payments, and staff access.
pub(super) static SERVICES: [Service; 4] = [
    Service { share: 0.56, reach: 100, email: 190.0, conversion: 1.0, hours: AROUND_THE_CLOCK, weekend: 1.1 },
    Service { share: 0.28, reach: 88, email: 110.0, conversion: 0.91, hours: AROUND_THE_CLOCK, weekend: 1.25 },
    Service { share: 0.13, reach: 55, email: 18.0, conversion: 1.05, hours: AROUND_THE_CLOCK, weekend: 0.9 },
    Service { share: 0.03, reach: 18, email: 45.0, conversion: 1.09, hours: OFFICE_HOURS, weekend: 0.1 },
];
