//! The restaurant as a whole: what it is called, and whether it is one of those that are run.

use std::sync::Arc;

use crate::execute::Step;
use crate::{Change, Command, Outcome, Refusal, Status, Time};

/// What a restaurant is called, and since when it is archived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Its name for people.
    pub name: Arc<str>,
    /// When it was archived; `None` while it is run.
    pub archived_at: Option<Time>,
}

impl Command {
    /// Whether an archived restaurant still carries this out: what brings it back, what an operator's restore needs,
    /// what the kitchen does of itself, and reports of what is over anyway. Nothing else.
    pub(crate) fn is_for_archived(&self) -> bool {
        matches!(
            self,
            Self::RestoreRestaurant
                | Self::ArchiveRestaurant
                | Self::SkipNumbers { .. }
                | Self::ArchiveOrders
                | Self::Reconcile(_)
                | Self::CompleteOrder { .. }
                | Self::CompleteDue { .. }
        )
    }
}

impl Step<'_> {
    /// Gives the restaurant another name; its own makes no event.
    pub(crate) fn rename_restaurant(&mut self, name: Arc<str>) -> Outcome {
        if name != self.kitchen.profile.name {
            self.emit(Change::RestaurantRenamed(name));
        }
        self.profile()
    }

    /// Takes the restaurant out of those that are run. Its bots stay where they are, idle.
    pub(crate) fn archive_restaurant(&mut self) -> Result<Outcome, Refusal> {
        let (waiting, cooking) = (self.kitchen.count(Status::Pending), self.kitchen.count(Status::Processing));
        if waiting + cooking > 0 {
            return Err(Refusal::OrdersActive { waiting, cooking });
        }
        if self.kitchen.profile.archived_at.is_none() {
            self.emit(Change::RestaurantArchived);
        }
        Ok(self.profile())
    }

    /// Brings it back as it was.
    pub(crate) fn restore_restaurant(&mut self) -> Outcome {
        if self.kitchen.profile.archived_at.is_some() {
            self.emit(Change::RestaurantRestored);
        }
        self.profile()
    }

    fn profile(&self) -> Outcome {
        Outcome::Restaurant(self.kitchen.profile.clone())
    }
}
