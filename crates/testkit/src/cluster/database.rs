//! Databases that are thrown away.

use std::sync::atomic::Ordering;

use super::{Cluster, ClusterError, ROLE, SUPERUSER};

/// A database of a cluster, dropped with the value.
#[derive(Debug)]
pub struct Database<'a> {
    cluster: &'a Cluster,
    name: String,
}

impl Cluster {
    /// A database with nothing in it.
    ///
    /// # Panics
    /// When the server does not make it.
    pub fn database(&self) -> Database<'_> {
        self.copy_of("template1")
    }

    /// A database in which somebody has made something: they are asked once, for an empty one, and each call gets a
    /// copy of what they made, which is quicker. Two that make the same thing name it alike. Whoever makes it must
    /// not stay connected.
    ///
    /// # Panics
    /// When the server does not make it.
    pub fn database_made_by(&self, name: &'static str, make: impl FnOnce(&Database<'_>)) -> Database<'_> {
        let template = self.templates.lock().entry(name).or_default().clone();
        let template = template.get_or_init(|| {
            let template = self.database();
            make(&template);
            // It stays for as long as the cluster.
            std::mem::ManuallyDrop::new(template).name.clone()
        });
        self.copy_of(template)
    }

    fn copy_of(&self, template: &str) -> Database<'_> {
        let name = format!("feedme_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        // Where nobody waits for the disk, copying files takes a third of the time of logging every page (60 ms each).
        let sql = format!("CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {template} STRATEGY FILE_COPY");
        self.must(&sql);
        Database { cluster: self, name }
    }

    fn must(&self, sql: &str) -> Option<String> {
        self.ask_as(SUPERUSER, sql).unwrap_or_else(|error| panic!("{error}"))
    }
}

impl Database<'_> {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.cluster.url(&self.name)
    }

    /// Asks it: the first column of the first row, if there is one.
    pub fn ask(&self, sql: &str) -> Result<Option<String>, ClusterError> {
        super::ask::ask(&self.url(), sql)
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        // The server may be stopped, and goes with all that is in it.
        let _ = self.cluster.ask_as(SUPERUSER, &format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}
