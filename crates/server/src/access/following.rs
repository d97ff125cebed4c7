//! How many streams somebody follows at a time.

use std::collections::HashMap;
use std::sync::Arc;

use feedme_api::{Code, Problem};
use parking_lot::Mutex;
use uuid::Uuid;

use super::caller::Caller;

/// When to try again for those who follow too many: streams of a browser that went away end within ten seconds.
const RETRY_AFTER_S: u32 = 10;

/// The streams that are open, by account or key.
#[derive(Clone, Debug)]
pub(crate) struct Following {
    at_most: usize,
    open: Arc<Mutex<HashMap<Uuid, usize>>>,
}

/// A stream's place. It is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    open: Arc<Mutex<HashMap<Uuid, usize>>>,
    whose: Uuid,
}

impl Following {
    /// `at_most` for each; 0 is no limit.
    pub(crate) fn new(at_most: usize) -> Self {
        Self { at_most, open: Arc::default() }
    }

    /// A place for one more stream; `None` for those who are not counted.
    pub(crate) fn begin(&self, caller: &Caller) -> Result<Option<Place>, Problem> {
        let Some(whose) = caller.bucket().filter(|_| self.at_most > 0) else { return Ok(None) };
        let mut open = self.open.lock();
        let count = open.entry(whose).or_default();
        if *count >= self.at_most {
            let detail = format!("{count} streams are open under this account or key; end some");
            return Err(Problem::new(Code::TooManyStreams, detail).retry_after_s(RETRY_AFTER_S));
        }
        *count += 1;
        Ok(Some(Place { open: Arc::clone(&self.open), whose }))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock();
        if let Some(count) = open.get_mut(&self.whose) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.whose);
            }
        }
    }
}
