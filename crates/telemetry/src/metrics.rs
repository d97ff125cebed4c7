//! Everything that is counted, in one place.

use std::sync::Arc;

use feedme_engine::{Engine, Observer};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::exposition::Exposition;
use crate::http::Http;
use crate::kitchen::Kitchens;
use crate::process::Process;
use crate::restaurants::Restaurants;
use crate::state::State;
use crate::upkeep::Upkeep;

/// What every name begins with.
const PREFIX: &str = "feedme";

/// Everything that is counted. Clones share it.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    kitchens: Arc<Kitchens>,
    state: Arc<State>,
    http: Http,
    upkeep: Upkeep,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
}

impl Metrics {
    /// Counts from now on. So many restaurants have series of their own, those that are served first; with 0, series
    /// do not tell restaurants apart.
    #[must_use]
    pub fn new(version: &'static str, restaurants_max: usize) -> Self {
        let restaurants = Arc::new(Restaurants::new(restaurants_max));
        let kitchens = Arc::new(Kitchens::new(Arc::clone(&restaurants)));
        let state = Arc::new(State::new(restaurants));
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Process));
        let own = registry.sub_registry_with_prefix(PREFIX);
        own.register("build", "Which version runs", Info::new(Build { version }));
        kitchens.register(own);
        own.register_collector(Box::new(Arc::clone(&state)));
        let http = Http::register(own);
        let upkeep = Upkeep::register(own);
        Self(Arc::new(Inner { registry, kitchens, state, http, upkeep }))
    }

    /// Who is to watch the engine.
    pub fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.0.kitchens) as _
    }

    /// Looks at this engine at every scrape.
    pub fn watch(&self, engine: &Engine) {
        self.0.state.watch(engine.clone());
    }

    /// Requests, streams, sign-ins and callbacks.
    pub fn http(&self) -> &Http {
        &self.0.http
    }

    /// Backups, the disk, the certificate.
    pub fn upkeep(&self) -> &Upkeep {
        &self.0.upkeep
    }

    /// All of it as text, in a format that the header `Accept` names.
    pub fn exposition(&self, accept: Option<&str>) -> Exposition {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.0.registry).expect("a string takes everything");
        Exposition::of(text, accept)
    }
}
