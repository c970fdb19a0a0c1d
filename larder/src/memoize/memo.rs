//! The results of one function.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use larder_core::cache::OnFailedComputation;
use larder_core::key::{CacheKey, Encoder, Fields, Key, Namespace};
use pollster::block_on;

use super::{Call, Failure, Keeps, Kept, Split, identity};
use crate::code::{CodeVersion, Site};
use crate::{Cache, Error, ErrorKind, Format, Result, Store, Tag, WriteOptions};

/// What is known of a memoized function.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Returns its name, with the modules and functions that it is in.
    pub name: fn() -> &'static str,
    /// Where it is written.
    pub site: Site,
    /// The name of the cache that results are in.
    pub cache: &'static str,
    /// The version of its code; `None` where the code is no part of the key.
    pub version: Option<fn() -> CodeVersion>,
    /// How long results live, if not as long as the cache says.
    pub life: Option<Duration>,
}

/// The cache of results of one type.
type Results<V> = Cache<Key, Kept<V>>;

/// How many stores a function is kept on at once, before the first one is let go of.
const STORES: usize = 8;

/// The results of one function, whose answers are `R` and are stored as `S` says. One is made for each function, and lasts.
pub struct Memo<R: 'static, S: Split<R>> {
    function: Function,
    /// What does not change from call to call.
    known: OnceLock<Known>,
    /// With the store that each is on: another store of the same disk may have other settings.
    caches: RwLock<Vec<(Store, Results<S::Value>)>>,
    warned: AtomicBool,
    answers: PhantomData<fn() -> R>,
}

struct Known {
    /// Whether no other function has the same name and version.
    is_unique: bool,
    name: &'static str,
    namespace: Namespace,
    version: Option<CodeVersion>,
    options: WriteOptions,
}

/// Writes the arguments of a call, each under its name.
pub type Arguments<'a> = &'a dyn Fn(&mut Fields<'_>) -> Result<()>;

impl<R, S: Split<R>> Memo<R, S> {
    /// The results of `function`.
    pub const fn new(function: Function) -> Self {
        Self {
            function,
            known: OnceLock::new(),
            caches: RwLock::new(Vec::new()),
            warned: AtomicBool::new(false),
            answers: PhantomData,
        }
    }

    /// Makes a call ready: its key, and the cache on this place. Arguments can be given away afterwards.
    ///
    /// What went wrong is told when it runs, and only warned of: the function runs then.
    pub fn prepare(&'static self, place: Result<&Store>, arguments: Arguments<'_>) -> Prepared<R, S> {
        Prepared { memo: self, call: self.of(place, arguments) }
    }

    /// The call with these arguments, without calling.
    ///
    /// # Errors
    ///
    /// [`Encode`](crate::ErrorKind::Encode) or [`Invalid`](crate::ErrorKind::Invalid) when an argument cannot be part of a key; what opening the place answers.
    pub fn of(&self, place: Result<&Store>, arguments: Arguments<'_>) -> Result<Call<R, S>> {
        Ok(Call::new(self.cache(place)?, self.key(arguments)?))
    }

    /// Forgets all results of the function on this place, of any version; says how many there were.
    ///
    /// # Errors
    ///
    /// Those of [`Cache::evict`], and what opening the place answers.
    pub async fn forget_all(&self, place: &(impl Keeps + ?Sized)) -> Result<u64> {
        self.cache(place.kept_on())?.evict((self.function.name)()).await
    }

    fn known(&self) -> &Known {
        self.known.get_or_init(|| {
            let name = (self.function.name)();
            let options = WriteOptions::default().tag(name);
            let version = self.function.version.map(|version| self.function.site.distinguish(version()));
            // Where the code is no part of the key, the site is still, if it is needed.
            let version = version.or_else(|| {
                self.function.site.discriminator()?;
                Some(self.function.site.distinguish(CodeVersion::of_source("")))
            });
            let address = std::ptr::from_ref(self).addr();
            Known {
                is_unique: identity::register(
                    self.function.cache,
                    (self.function.site.path)(),
                    version,
                    address,
                ),
                name,
                namespace: Namespace::named(self.function.cache),
                version,
                options: match self.function.life {
                    Some(life) => options.life(life),
                    None => options,
                },
            }
        })
    }

    fn options(&self, tags: Vec<Tag>) -> Cow<'_, WriteOptions> {
        let options = &self.known().options;
        if tags.is_empty() {
            return Cow::Borrowed(options);
        }
        Cow::Owned(tags.into_iter().fold(options.clone(), WriteOptions::tag))
    }

    fn key(&self, arguments: Arguments<'_>) -> Result<Key> {
        let known = self.known();
        if !known.is_unique {
            let message = format!(
                "another memoized function is also called `{}` and has the same source: give one of them a \
                 `version = \"...\"` or a `cache = \"...\"` of its own",
                known.name
            );
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        Key::new(&known.namespace, &Called { name: known.name, version: known.version, arguments })
    }

    /// The cache on this place; made when the place is first seen.
    fn cache(&self, place: Result<&Store>) -> Result<Results<S::Value>> {
        let store = place?;
        let of_store = |caches: &[(Store, Results<S::Value>)]| {
            let is_same = |other: &Store| {
                other.larder().is_same(store.larder()) && other.cache_settings() == store.cache_settings()
            };
            caches.iter().find(|(other, _)| is_same(other)).map(|(_, cache)| cache.clone())
        };
        // What is remembered is whole at every moment: a panic elsewhere leaves nothing half done.
        if let Some(cache) = of_store(&self.caches.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(cache);
        }
        // An answer that is not stored cannot be shared, so those who wait run the function themselves.
        let mut builder =
            store.builder(self.function.cache).on_failed_computation(OnFailedComputation::Retry);
        if store.cache_settings().serializer == Format::Raw {
            // Which knows bytes and texts only, and not what a value was.
            builder = builder.format(Format::MessagePack);
        }
        let made = builder.build()?;
        let mut caches = self.caches.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(cache) = of_store(&caches) {
            return Ok(cache);
        }
        if caches.len() == STORES {
            caches.remove(0);
        }
        caches.push((store.clone(), Cache::clone(&made)));
        Ok(made)
    }

    /// Reports the first error. A function that runs uncached is slow and looks right, so a program without a
    /// subscriber finds it on standard error.
    #[expect(clippy::print_stderr, reason = "a program that subscribes to no events would never learn of it")]
    fn warn(&self, error: &Error) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            let function = (self.function.name)();
            tracing::warn!(target: "larder::memoize", function, error = %error, "the cache failed: the function runs");
            if !tracing::dispatcher::has_been_set() {
                eprintln!("larder: warning: `{function}` runs without its cache: {error}");
            }
        }
    }
}

/// A call that is ready to run.
#[must_use = "nothing runs until it is told to"]
pub struct Prepared<R: 'static, S: Split<R>> {
    memo: &'static Memo<R, S>,
    call: Result<Call<R, S>>,
}

impl<R, S: Split<R>> Prepared<R, S> {
    /// The answer: from the cache, or of `compute`, whose answer is then stored.
    ///
    /// Of those who call at once, one computes. Where the cache fails, `compute` answers.
    pub fn run(self, tags: Vec<Tag>, compute: impl FnOnce() -> R) -> R {
        block_on(self.run_async(tags, async || compute()))
    }

    /// As [`run`](Self::run), for a function that is awaited.
    pub async fn run_async<F: Future<Output = R>>(self, tags: Vec<Tag>, compute: impl FnOnce() -> F) -> R {
        let Self { memo, call } = self;
        let Call { cache, key } = match call {
            Ok(call) => call,
            Err(error) => {
                memo.warn(&error);
                return compute().await;
            }
        };
        if memo.function.life.is_some_and(|life| life.is_zero()) {
            // Looked up and never stored.
            return match cache.get(&key).await {
                Ok(Some(Kept::Read(value))) => S::together(value),
                Ok(_) => compute().await,
                Err(error) => {
                    memo.warn(&error);
                    compute().await
                }
            };
        }
        let options = memo.options(tags);
        let mut compute = Some(compute);
        let mut computed: Option<Arc<S::Value>> = None;
        let run = async || {
            let compute = compute.take().expect("a computation is run once");
            match S::apart(compute().await) {
                Ok(value) => {
                    let value = Arc::new(value);
                    computed = Some(Arc::clone(&value));
                    Ok(Kept::Computed(value))
                }
                Err(answer) => Err(Failure::Answered(answer)),
            }
        };
        // On the heap: a function that calls itself has one of these for each level.
        let error = match Box::pin(cache.get_or_insert_as(&key, &options, run)).await {
            Ok(Kept::Read(value)) => return S::together(value),
            Ok(Kept::Computed(value)) => {
                drop(computed);
                return S::together(Arc::into_inner(value).expect("nobody else has the value any more"));
            }
            Err(Failure::Answered(answer)) => return answer,
            Err(Failure::Cache(error)) => error,
        };
        memo.warn(&error);
        match (computed.and_then(Arc::into_inner), compute) {
            (Some(value), _) => S::together(value),
            (None, Some(compute)) => compute().await,
            (None, None) => unreachable!("a function that was called has answered"),
        }
    }
}

impl<R, S: Split<R>> fmt::Debug for Prepared<R, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared").field("memo", &self.memo).finish_non_exhaustive()
    }
}

/// A call as a key: which function, which code, with which arguments.
struct Called<'a> {
    name: &'static str,
    version: Option<CodeVersion>,
    arguments: Arguments<'a>,
}

impl CacheKey for Called<'_> {
    fn encode(&self, encoder: &mut Encoder) -> Result<()> {
        encoder.tuple(|encoder| {
            encoder.element(self.name)?;
            encoder.element(&self.version)?;
            encoder.signed_zeros(|encoder| encoder.structure("arguments", |fields| (self.arguments)(fields)))
        })
    }
}

impl<R, S: Split<R>> fmt::Debug for Memo<R, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memo").field("function", &(self.function.name)()).finish_non_exhaustive()
    }
}
