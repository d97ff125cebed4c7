//! What every store must do, as checks that run on any of them.
//!
//! A further database joins by one line in `crates/store/tests`: [`conformance!`](crate::conformance!) with a
//! function that opens a fresh one.

pub mod accounts;
pub mod author;
pub mod chain;
pub mod commits;
pub mod constraints;
pub mod events;
pub mod factors;
pub mod held;
pub mod history;
pub mod legal;
pub mod past;
pub mod random;
pub mod together;
pub mod upkeep;

use std::any::Any;
use std::sync::Arc;

use feedme_store::Store;
use feedme_store::accounts::Accounts;

pub use author::Author;

/// The restaurants of a store under examination. Several, because restaurants share tables and must not notice.
pub const SLUGS: [&str; 6] = ["default", "east", "north", "south", "station", "west"];

/// A fresh store with the restaurants of [`SLUGS`] and nothing in them.
pub struct Subject {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Its accounts.
    pub accounts: Arc<dyn Accounts>,
    /// Whether several processes may use it at a time, so that one may find a lease held by another.
    pub shared: bool,
    /// Whatever must live as long as the store: its folder, its server.
    pub keeps: Box<dyn Any + Send>,
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subject").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl Subject {
    /// An author for the restaurant with this index in [`SLUGS`].
    pub async fn author(&self, index: usize) -> Author {
        Author::of(&*self.store, SLUGS[index]).await
    }
}

/// Makes a test of each check for one database: `conformance!(sqlite, crate::open_sqlite)`, where the
/// async function returns a [`Subject`].
#[macro_export]
macro_rules! conformance {
    ($database:ident, $open:path) => {
        mod $database {
            $crate::conformance! { @ $open;
                commits:
                    a_fresh_store_has_its_restaurants_and_nothing_in_them,
                    what_is_committed_is_loaded,
                    a_write_wins_only_at_the_version_it_was_decided_on,
                    a_write_wins_only_in_the_history_it_was_decided_on,
                    a_write_wins_only_by_the_account_of_the_server_that_answers,
                    a_new_history_begins_where_a_restaurant_stands_and_passes_over_what_was_given_out,
                    one_write_of_a_batch_may_lose_and_the_others_win,
                    a_write_for_an_unknown_restaurant_loses,
                    of_many_writers_at_once_one_wins,
                    settings_that_did_not_change_stay,
                    a_write_may_keep_an_answer_and_change_nothing;
                chain:
                    a_restaurant_is_found_by_its_slug,
                    a_restaurant_is_opened_once,
                    an_opened_restaurant_works_as_any_other,
                    a_name_and_an_end_are_read_back,
                    restaurants_are_listed_by_slug_page_by_page,
                    restaurants_are_found_by_slug_and_name,
                    a_tally_says_how_busy_a_restaurant_is;
                constraints:
                    a_taken_number_is_refused,
                    a_taken_order_id_is_refused,
                    a_taken_bot_number_is_refused,
                    two_orders_that_cook_with_one_bot_are_refused,
                    two_bots_that_hold_one_order_are_refused,
                    an_order_that_leaves_its_bot_behind_is_refused,
                    an_order_that_cooks_without_a_bot_is_refused,
                    an_order_that_names_nobody_is_refused,
                    a_bot_that_holds_nothing_that_exists_is_refused,
                    a_removed_bot_that_holds_an_order_is_refused,
                    a_deleted_order_that_waits_is_refused,
                    an_order_off_the_board_that_is_not_ready_is_refused,
                    times_out_of_order_are_refused,
                    a_taken_key_is_refused,
                    a_kept_answer_that_says_no_is_refused,
                    a_refused_write_hurts_nobody_else;
                events:
                    every_kind_of_event_is_read_back_as_it_was,
                    a_read_is_limited_to_whole_commits,
                    events_are_read_newest_first_from_any_version,
                    events_of_another_restaurant_stay_there,
                    markup_and_quotes_are_only_letters;
                held:
                    whoever_holds_a_restaurant_catches_up_and_wins,
                    a_held_restaurant_is_nobody_elses_until_it_is_let_go,
                    a_held_restaurant_takes_nothing_that_cannot_be;
                past:
                    what_is_old_is_forgotten_and_the_rest_still_adds_up,
                    forgetting_ends_where_it_should,
                    what_happened_to_an_old_order_later_keeps_it,
                    a_step_begins_where_the_last_one_ended;
                history:
                    pages_are_newest_first_and_complete,
                    filters_select,
                    deleted_orders_are_hidden_and_still_found_by_id,
                    live_and_moved_rows_are_one_list;
                legal:
                    two_bots_swap_their_orders_in_one_batch,
                    a_bot_leaves_and_its_order_starts_elsewhere_in_one_batch,
                    an_order_is_placed_cooked_and_done_in_one_batch,
                    a_bot_joins_cooks_and_leaves_in_one_batch,
                    an_order_that_had_moved_waits_again,
                    a_moved_order_changes_and_moves_again;
                random:
                    whatever_kitchens_do_is_read_back;
                accounts:
                    an_account_is_read_back_as_it_was,
                    a_name_is_one_however_it_is_capitalised,
                    a_deleted_account_gives_its_name_back,
                    accounts_are_listed_by_name,
                    the_first_account_is_made_once,
                    of_many_first_accounts_at_once_one_is_made,
                    a_session_leads_to_its_account_until_it_ends,
                    a_change_of_an_account_ends_its_sessions,
                    a_session_begins_only_for_an_account_that_is_as_it_was,
                    a_key_is_found_by_its_digest_and_kept_when_revoked,
                    a_key_that_was_revoked_stays_so,
                    many_callers_are_looked_up_at_once,
                    counts_are_kept_per_whom_and_forgotten_at_zero,
                    a_device_is_known_for_whom_it_signed_in,
                    the_log_is_read_newest_first_page_by_page,
                    what_no_longer_matters_is_forgotten;
                factors:
                    a_second_factor_is_asked_for_once_it_was_confirmed,
                    each_code_is_good_once,
                    of_many_with_one_code_one_is_let_in,
                    a_session_begins_only_with_the_second_factor_that_the_account_has,
                    a_pin_is_good_on_its_device_for_a_few_tries,
                    a_pin_goes_with_what_it_hangs_on,
                    a_screen_waits_is_let_in_and_ends_its_waiting_once,
                    few_screens_wait_in_one_network;
                together:
                    of_many_with_one_name_one_gets_it,
                    an_account_that_many_change_is_as_one_of_them_wrote_it,
                    an_account_is_written_only_while_accounts_are_as_they_were,
                    nobody_stays_with_a_password_that_was_changed_meanwhile,
                    nobody_stays_without_a_second_factor_that_was_added_meanwhile,
                    of_many_tries_at_a_pin_few_are_judged,
                    of_many_who_count_none_is_lost,
                    recovery_codes_that_two_replace_are_those_of_one,
                    of_many_devices_at_once_few_are_remembered,
                    of_many_screens_of_one_network_few_wait,
                    of_many_who_let_a_screen_in_one_does_and_it_gets_one_key,
                    whatever_changes_what_a_caller_may_do_is_told;
                upkeep:
                    old_rows_move_in_portions,
                    what_is_live_or_recent_stays,
                    keys_are_kept_per_caller_and_forgotten_when_old,
                    what_is_overdue_is_found,
                    a_lease_is_renewed_by_its_holder,
                    a_lease_is_denied_to_others_until_it_expires;
            }
        }
    };
    (@ $open:path; $($area:ident: $($check:ident),+;)+) => {
        $($(
            #[tokio::test]
            async fn $check() {
                $crate::conformance::$area::$check($open().await).await;
            }
        )+)+
    };
}
