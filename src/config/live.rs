//! The configuration in force, and its replacement: whole, or not at all (promise P14).
//!
//! Never a mixture of two configurations: readers take one `Arc` and keep it for as long as an exchange lasts.

use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;

use super::notes::Notes;
use super::problem::Problems;
use super::read::{Config, Places, read_at};

/// The configuration in force. Share it behind an `Arc`.
#[derive(Debug)]
pub struct Live {
    places: Places,
    current: ArcSwap<Config>,
    // Two reloads at once could put an older reading in the place of a newer one.
    reloading: Mutex<()>,
}

impl Live {
    /// Reads a configuration for the first time.
    ///
    /// # Errors
    /// Every problem of every file.
    pub fn open(places: Places) -> Result<Self, Problems> {
        let config = read_at(&places)?;
        Ok(Self { places, current: ArcSwap::from_pointee(config), reloading: Mutex::new(()) })
    }

    /// The configuration in force now. It stays what it is while it is held.
    #[must_use]
    pub fn current(&self) -> Arc<Config> {
        self.current.load_full()
    }

    /// Reads everything again and puts it in force, unless there is any problem: then nothing changes.
    ///
    /// What only a restart can change (listeners, store, log, bounds) counts as a problem when it differs, because
    /// half of a configuration would be in force otherwise.
    ///
    /// # Errors
    /// Every problem of every file.
    pub fn reload(&self) -> Result<Arc<Config>, Problems> {
        let _one_at_a_time = self.reloading.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let config = Arc::new(read_at(&self.places)?);
        if let Err(sentence) = config.settings.needs_restart(&self.current().settings) {
            return Err(self.refused(sentence));
        }
        self.current.store(Arc::clone(&config));
        Ok(config)
    }

    fn refused(&self, sentence: String) -> Problems {
        let path = self.places.directory.join("portcullis.toml");
        let mut notes = Notes::new(path.display().to_string(), String::new());
        notes.error_of_file(sentence, "restart the proxy, or change it back");
        Problems(notes.finish())
    }
}
