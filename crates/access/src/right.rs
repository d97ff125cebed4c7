//! What a role may do.

use feedme_store::accounts::Role;

/// Something one may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Place an order.
    PlaceOrder,
    /// See the board and its events.
    SeeBoard,
    /// See orders of the past, and look orders up.
    SeeHistory,
    /// Call an order off, and undo that.
    CancelOrder,
    /// Everything that runs the restaurant: handing over, deleting, clearing, bots, settings.
    Manage,
    /// Users, devices, sessions of others, and the log of what they did.
    Administer,
    /// Claim, complete and give back orders.
    Cook,
    /// Read the documentation and the health in detail.
    Inspect,
}

impl Right {
    /// Every right there is.
    pub const ALL: [Self; 8] = [
        Self::PlaceOrder,
        Self::SeeBoard,
        Self::SeeHistory,
        Self::CancelOrder,
        Self::Manage,
        Self::Administer,
        Self::Cook,
        Self::Inspect,
    ];
}

/// How far a right goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Not at all.
    No,
    /// For what is one's own: orders one placed oneself, of one's own class; the bot one is.
    Own,
    /// For anybody's.
    Any,
}

/// How far a role's right goes.
#[must_use]
pub const fn grant(role: Role, right: Right) -> Grant {
    match (role, right) {
        (Role::Manager, _) | (_, Right::SeeBoard | Right::Inspect) => Grant::Any,
        (Role::Normal | Role::Vip, Right::PlaceOrder | Right::SeeHistory | Right::CancelOrder)
        | (Role::Bot, Right::Cook) => Grant::Own,
        (Role::Normal | Role::Vip | Role::Bot | Role::Display, _) => Grant::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the API's documentation, word for word.
    const TABLE: [(Right, &str); 8] = [
        (Right::PlaceOrder, "own own any no no"),
        (Right::SeeBoard, "any any any any any"),
        (Right::SeeHistory, "own own any no no"),
        (Right::CancelOrder, "own own any no no"),
        (Right::Manage, "no no any no no"),
        (Right::Administer, "no no any no no"),
        (Right::Cook, "no no any own no"),
        (Right::Inspect, "any any any any any"),
    ];

    #[test]
    fn each_role_may_what_the_table_says() {
        assert_eq!(TABLE.map(|(right, _)| right), Right::ALL);
        for (right, words) in TABLE {
            let said: Vec<_> = Role::ALL
                .iter()
                .map(|role| match grant(*role, right) {
                    Grant::No => "no",
                    Grant::Own => "own",
                    Grant::Any => "any",
                })
                .collect();
            assert_eq!(said.join(" "), words, "{right:?}");
        }
    }
}
