//! The shelves of a hook: one for each type, made when it is first wanted.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use larder::CacheBuilder;

use crate::kind::Kind;
use crate::shelf::Shelf;

/// The shelf of a type, or why it has none.
type Known = Result<Arc<dyn Shelf>, String>;

/// What is known of each type.
#[derive(Default)]
pub(crate) struct Shelves {
    known: RwLock<HashMap<TypeId, Known>>,
}

impl Shelves {
    /// The shelf of values of this type, in a cache that `builder` makes.
    pub(crate) fn of(
        &self,
        kind: Kind,
        builder: impl FnOnce() -> CacheBuilder,
    ) -> Result<Arc<dyn Shelf>, String> {
        // What is remembered is whole at every moment: a panic elsewhere leaves nothing half done.
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&kind.id()) {
            return known.clone();
        }
        let shelf = match kind.shelf(builder()) {
            Ok(Some(shelf)) => Ok(shelf),
            Ok(None) => {
                Err(format!("`{}` is not known to serde: derive `Serialize` and `Deserialize`", kind.name()))
            }
            Err(error) => Err(error.to_string()),
        };
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(kind.id()).or_insert(shelf).clone()
    }
}

impl fmt::Debug for Shelves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shelves")
    }
}
