//! Entries in the memory of this process, as long as any clone of the disk lives.
//!
//! [moka](https://docs.rs/moka) is the concurrent map, without a capacity of its own: volume, order and victims are
//! kept by core's [`Books`](larder_core::books::Books), so that every policy works as on any other disk. A hit takes
//! no lock of the books. The price is that an entry is known twice, once to the map and once to the books.
//!
//! ```
//! use larder_core::cache::Cache;
//! use larder_core::disk::Settings;
//! use larder_core::larder::Larder;
//! use larder_memory::MemoryDisk;
//!
//! # async fn example() -> larder_core::Result<()> {
//! let larder = Larder::open(MemoryDisk::new(Settings::limited(64 << 20))).await?;
//! let ages: Cache<String, u32> = larder.cache("ages").build()?;
//! assert!(ages.set("ann", &42).await?.is_stored());
//! assert_eq!(ages.get("ann").await?, Some(42));
//! # Ok(())
//! # }
//! ```

mod check;
mod disk;
mod kept;

pub use disk::MemoryDisk;
