//! Ids and numbers, each a type of its own so that none can stand in for another.

use std::fmt;

use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl $name {
            /// The one that follows. Counting a billion a second, a `u64` lasts five centuries.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0 + 1)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id! {
    /// Names an order everywhere: a `UUIDv7`, made by the process that accepted it.
    OrderId
}
uuid_id! {
    /// Names a bot everywhere: a `UUIDv7`.
    BotId
}
uuid_id! {
    /// Names the account that placed an order: a `UUIDv7`.
    UserId
}
uuid_id! {
    /// Names a device's key: a `UUIDv7`.
    KeyId
}
counter! {
    /// What customers and cooks call an order by: 1, 2, 3 … within a restaurant, never used twice.
    OrderNumber
}
counter! {
    /// What people call a bot by: Bot 1, Bot 2 … within a restaurant, never used twice.
    BotNumber
}
counter! {
    /// The fencing token of one start: it rises with every start of the restaurant, and a completion that
    /// carries an older one changes nothing.
    Claim
}
counter! {
    /// The number of a restaurant's latest event; 0 before the first.
    #[derive(Default)]
    Version
}
