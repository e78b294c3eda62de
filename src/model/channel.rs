//! The five channels of the API.

use std::fmt;
use std::str::FromStr;

/// A channel, ordered as its name sorts bytewise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// A voice call, over the phone network.
    Call,
    /// E-mail: its attempts belong to no country.
    Email,
    /// Rich Business Messaging.
    Rbm,
    /// Text message.
    Sms,
    /// A WhatsApp message.
    Whatsapp,
    /// A name that no channel has. Control questions ask it, job files and tables never hold it.
    Control,
}

impl Channel {
    /// The API's channels in the table's order.
    pub const ALL: [Self; 5] = [Self::Call, Self::Email, Self::Rbm, Self::Sms, Self::Whatsapp];

    /// The API's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Email => "email",
            Self::Rbm => "rbm",
            Self::Sms => "sms",
            Self::Whatsapp => "whatsapp",
            Self::Control => "none",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names none of the five channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one of sms, call, email, whatsapp, rbm")]
pub struct UnknownChannel;

impl FromStr for Channel {
    type Err = UnknownChannel;

    fn from_str(text: &str) -> Result<Self, UnknownChannel> {
        Self::ALL.into_iter().find(|channel| channel.name() == text).ok_or(UnknownChannel)
    }
}
