//! The ways in which a model can be made to break a promise.

/// One promise that a [`ModelDisk`](super::ModelDisk) breaks on purpose.
///
/// The suite is tested with them: for every check there is a fault that it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// Keys are told apart without their kind.
    KeysWithoutKind,
    /// Keys are told apart without their namespace.
    KeysWithoutNamespace,
    /// Keys are told apart by the first bytes of their digest.
    KeysByDigest,
    /// Keys are told apart by their first 64 bytes.
    KeysCutShort,
    /// Dots and slashes in keys mean what they mean in paths.
    KeysAsPaths,
    /// Keys are told apart without the case of their letters.
    KeysWithoutCase,
    /// A key is found only by the handle's last write of it; any other key in between forgets it.
    KeepsOneKey,
    /// Listings give keys in the bench's namespace without the last byte of their value.
    ListsOtherKeys,
    /// Bodies lose their last byte.
    CutsBodies,
    /// Bodies longer than a mebibyte lose what is above it.
    CutsLongBodies,
    /// An overwrite with a shorter body leaves the end of the old one.
    KeepsOldTail,
    /// An absent key has an empty entry.
    InventsEntries,
    /// Ranges of a body begin one byte too late.
    ShiftsRanges,
    /// A body in hand reads what is stored now.
    LiveBodies,
    /// Metadata of the user are lost.
    DropsUserMeta,
    /// Tags are lost.
    DropsTags,
    /// Tags come back as text.
    TagsAsText,
    /// Times are kept in whole seconds.
    RoundsTimes,
    /// Costs and schemas are lost.
    DropsCost,
    /// An overwrite keeps the version.
    KeepsVersion,
    /// An overwrite keeps the metadata of the old entry.
    KeepsOldMeta,
    /// The size that is told of a write is that of its body.
    TellsBodySize,
    /// A peek tells the first metadata of a key.
    PeeksStale,
    /// What is answered at once is always a miss.
    MissesAtOnce,
    /// Streams lose their last chunk.
    CutsStreams,
    /// A failing stream stores what came until then.
    StoresHalfStreams,
    /// What a failed write had reserved is never given back.
    KeepsReservation,
    /// A create replaces what is there.
    IgnoresAbsent,
    /// A create replaces what is dead.
    AbsentOverDead,
    /// A swap replaces any version.
    IgnoresIs,
    /// A removal of one version removes any.
    RemovesAnyVersion,
    /// A removal of nothing says that something went.
    RemovesNothingLoudly,
    /// A removal says that it removed, and does not.
    RemovesNothingQuietly,
    /// A removal under the condition that nothing is there removes what is there.
    RemovesOnAbsent,
    /// A touch counts as a store.
    TouchStoresAnew,
    /// A touch changes any version.
    TouchesAnyVersion,
    /// What is not declared is done all the same.
    AnswersUndeclared,
    /// A touch says that it touched, and does not.
    TouchesNothing,
}
