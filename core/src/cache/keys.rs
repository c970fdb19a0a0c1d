//! Going through the keys of a cache, page by page.

use std::collections::VecDeque;

use super::Cache;
use crate::disk::{Cursor, Direction, Id, Page, Scope};
use crate::error::Result;
use crate::key::{CacheKey, FromKey, Key};
use crate::larder::BATCH;

/// In which order keys come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The oldest insertion first, on an ordered disk; in any order on others.
    #[default]
    Oldest,
    /// The newest insertion first, on an ordered disk; in any order on others.
    Newest,
    /// By key: numbers, text, bytes, structured keys. Each page looks over the whole disk.
    Ascending,
    /// By key, from the last to the first.
    Descending,
}

/// The keys of a cache; made by [`Cache::keys`].
///
/// Every entry that was there throughout comes once, dead ones too. In order of insertion, entries that are inserted
/// after this was made do not come; by key they come if their place is still ahead.
#[derive(Debug)]
#[must_use = "keys come as they are asked for"]
pub struct Keys<K: ?Sized, V> {
    cache: Cache<K, V>,
    order: Order,
    page: VecDeque<Key>,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Begin,
    /// After this cursor, among entries inserted by then.
    After(Cursor, u64),
    /// After this key.
    Beyond(Key),
    End,
}

impl<K: CacheKey + ?Sized, V: Send + Sync + 'static> Cache<K, V> {
    /// The keys of this cache, in this order. Memory use does not grow with the cache.
    ///
    /// In order of insertion this asks the disk how far its writes have come: what is inserted later does not come.
    ///
    /// # Errors
    ///
    /// What the disk answers, in every mode.
    pub async fn keys(&self, order: Order) -> Result<Keys<K, V>> {
        let mut keys = Keys { cache: self.clone(), order, page: VecDeque::new(), place: Place::Begin };
        if matches!(order, Order::Oldest | Order::Newest) {
            // The first page is read now: it tells the bound, and is wanted next.
            keys.turn().await?;
        }
        Ok(keys)
    }
}

impl<K: CacheKey + ?Sized, V: Send + Sync + 'static> Keys<K, V> {
    /// The next key; `None` after the last one.
    ///
    /// # Errors
    ///
    /// What the disk answers, in every mode; [`Corrupt`](crate::ErrorKind::Corrupt) for a key that is no `K`, and
    /// the key after it can be asked for.
    pub async fn next(&mut self) -> Result<Option<K>>
    where
        K: FromKey,
    {
        match self.next_key().await? {
            Some(key) => Ok(Some(key.decode()?)),
            None => Ok(None),
        }
    }

    /// The next key as it lies on the disk; `None` after the last one.
    ///
    /// # Errors
    ///
    /// What the disk answers, in every mode.
    pub async fn next_key(&mut self) -> Result<Option<Key>> {
        while self.page.is_empty() && !matches!(self.place, Place::End) {
            match self.order {
                Order::Oldest | Order::Newest => self.turn().await?,
                Order::Ascending | Order::Descending => self.search().await?,
            }
        }
        Ok(self.page.pop_front())
    }

    /// Reads the next page in order of insertion.
    async fn turn(&mut self) -> Result<()> {
        let direction = if self.order == Order::Newest { Direction::Backward } else { Direction::Forward };
        let (after, until) = match self.place {
            Place::After(cursor, until) => (Some(cursor), Some(until)),
            _ => (None, None),
        };
        let page = Page { scope: Scope::All, direction, after, most: BATCH };
        let survey = self.cache.inner.larder.disk().survey(&page).await?;
        let until = until.unwrap_or(survey.seen.0);
        let own = survey.briefs.iter().filter(|brief| self.cache.may_own(brief) && brief.insertion <= until);
        let ids: Vec<Id> = own.map(|brief| brief.id).collect();
        self.page.extend(self.cache.listed(&ids).await?);
        self.place = survey.next.map_or(Place::End, |next| Place::After(next, until));
        Ok(())
    }

    /// Looks over the disk for the next keys in order of keys.
    async fn search(&mut self) -> Result<()> {
        let backward = self.order == Order::Descending;
        let mut best: Vec<Key> = Vec::new();
        let mut page = Page::first(Scope::All, BATCH);
        loop {
            let survey = self.cache.inner.larder.disk().survey(&page).await?;
            let own = survey.briefs.iter().filter(|brief| self.cache.may_own(brief));
            let ids: Vec<Id> = own.map(|brief| brief.id).collect();
            let ahead = |key: &Key| match &self.place {
                Place::Beyond(last) => (key > last) != backward && key != last,
                _ => true,
            };
            best.extend(self.cache.listed(&ids).await?.into_iter().filter(ahead));
            best.sort_unstable_by(|a, b| if backward { b.cmp(a) } else { a.cmp(b) });
            best.dedup();
            best.truncate(BATCH);
            let Some(next) = survey.next else { break };
            page = page.then(next);
        }
        self.place = match best.last() {
            Some(last) if best.len() == BATCH => Place::Beyond(last.clone()),
            _ => Place::End,
        };
        self.page.extend(best);
        Ok(())
    }
}

impl<K: CacheKey + ?Sized, V: Send + Sync + 'static> Cache<K, V> {
    /// The keys of surveyed entries, without those that are gone or of another cache.
    async fn listed(&self, ids: &[Id]) -> Result<Vec<Key>> {
        let listed = self.inner.larder.disk().list(ids).await?;
        let keys = listed.into_iter().flatten().map(|(key, _)| key);
        Ok(keys.filter(|key| key.is_in(&self.inner.namespace)).collect())
    }
}
