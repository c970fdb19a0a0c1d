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
    /// What is put at once is stored, and told as if nothing was done.
    StoresQuietlyAtOnce,
    /// What is put at once is stored whatever the condition says.
    IgnoresConditionsAtOnce,
    /// What is put at once is stored beyond the limit.
    OverfillsAtOnce,
    /// What is put at once is refused where room could be made.
    RefusesAtOnce,
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
    /// A swap loses the tags.
    SwapDropsTags,
    /// A swap loses the expiry.
    SwapDropsExpiry,
    /// A swap loses the cost.
    SwapDropsCost,
    /// A swap loses the user metadata.
    SwapDropsUserMeta,
    /// A swap keeps the metadata of the old entry, except the version.
    SwapKeepsOldMeta,
    /// Schemas are lost.
    DropsSchema,
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
    /// Opening replaces a file of another program. The factory of the disk does it: the model has no files.
    ReplacesForeignFiles,
    /// A touch says that it touched, and does not.
    TouchesNothing,
    /// A touch loses the tags.
    TouchDropsTags,
    /// Expiries are lost.
    DropsExpiry,
    /// An entry with an expiry is said to be stored, and is not.
    ForgetsTheMortal,
    /// A read removes the entry that it finds dead.
    ReadsRemoveTheDead,
    /// A read of a dead entry counts as a hit.
    HitsTheDead,
    /// A hit is not recorded.
    RecordsNoHits,
    /// A look counts as a hit.
    HitsOnPeek,
    /// An overwrite keeps the hits of the old entry.
    KeepsHits,
    /// Surveys tell no hits.
    HidesHits,
    /// Notes of others are dropped.
    DropsNotes,
    /// At most eight tags of an entry are kept.
    KeepsFewTags,
    /// Surveys of the dead are empty.
    NeverDead,
    /// Surveys of a tag are empty.
    NeverTagged,
    /// Surveys since a point are empty.
    NeverSince,
    /// Surveys of all entries leave out those with an expiry.
    SurveysTheEndless,
    /// Surveys end after their first page.
    EndsEarly,
    /// Surveys are not in order of insertion.
    SurveysUnordered,
    /// Surveys ignore the direction.
    SurveysForward,
    /// The place of a page is the number of entries before it.
    PagesByCount,
    /// Surveys say that they saw all that will ever be written.
    SeesTooFar,
    /// An overwrite moves its entry to the end.
    MovesOverwrites,
    /// The insertion number of the newest entry is given again once it is gone.
    ReusesNumbers,
    /// Listings leave out what is gone.
    ListsWithoutGaps,
    /// A count has the entries of all namespaces.
    CountsEverybody,
    /// The volume has the bodies alone.
    CountsBodies,
    /// The volume has what was removed still.
    CountsTheRemoved,
    /// The limit is a tenth higher.
    Overshoots,
    /// What fits exactly is refused.
    RefusesTheExact,
    /// The limit on the number of entries is ignored.
    IgnoresMaxEntries,
    /// What is above the limit is refused as if room were lacking.
    CallsTheLargeFull,
    /// A write asks for twice the room that it lacks.
    AsksForTooMuch,
    /// An overwrite needs the room of its whole entry.
    CountsOverwritesWhole,
    /// A put says that it replaced nothing.
    TellsNoReplaced,
    /// An error of the room is answered as if there were no room.
    IgnoresRoomErrors,
    /// Streams are read to their end before they are admitted.
    GathersStreams,
    /// Reads remove entries while the volume is above the limit.
    ReadsEvict,
    /// A write for which no room is made removes others by itself.
    EvictsByItself,
    /// Settings cannot be changed.
    KeepsSettings,
    /// The entry that is being written may be evicted.
    EvictsTheWritten,
    /// A victim goes though it was hit.
    EvictsTheHit,
    /// A victim goes though it was written.
    EvictsAnyVersion,
    /// Victims after one that was hit go.
    EvictsOn,
    /// Victims are said to be gone, and are not.
    EvictsNothing,
    /// Settings come back without their policy.
    ForgetsSettings,
    /// A touch counts as a hit.
    TouchCounts,
    /// Notes are taken for whatever version is stored.
    TakesAnyNotes,
    /// Every fifth write is said to be stored, and is not.
    ForgetsSomeWrites,
    /// A victim that somebody is writing stops those after it.
    BusyStops,
    /// A victim that somebody is writing is said to be gone already.
    BusyIsAbsent,
    /// What is under way counts nothing.
    ReservesNothing,
    /// A write under way counts as an entry.
    CountsTheUnderWay,
    /// Disk and room wait for each other: surveys are not answered while the room is asked.
    HoldsLockWhileAsking,
    /// Words that entries are stored with are lost.
    DropsWords,
    /// A touch loses the word.
    TouchDropsWord,
    /// The limit on the number of entries is not kept with the settings.
    ForgetsMaxEntries,
    /// An entry with an expiry is not removed.
    RemovesTheEndless,
    /// What is told of a removed entry lacks its expiry.
    TellsNoExpiryOfTheGone,
    /// A put tells what it stored as what it replaced.
    TellsNewAsReplaced,
    /// The hash is the digest's in the other order of bytes.
    HashesBackward,
    /// A put of a key that somebody is writing is refused.
    RefusesTheBusy,
    /// What is answered at once of a key that somebody is writing is a miss.
    MissesTheBusyAtOnce,
    /// A reopen loses the tags.
    ForgetsTagsOnReopen,
    /// A reopen loses hits and the last access.
    ForgetsHitsOnReopen,
    /// A reopen loses the words of the policy.
    ForgetsWordsOnReopen,
    /// After a reopen the insertion number of the newest entry is given again, though the entry is gone.
    ReusesNumbersOnReopen,
    /// A reopen turns the order of insertion around.
    ReordersOnReopen,
    /// A check finds what is not there.
    FindsGhosts,
    /// A check removes an entry, though it is only to tell.
    ChecksRemove,
    /// A fix removes an entry that nothing is wrong with.
    FixesRemove,
    /// A check finds what somebody is writing.
    FindsTheWritten,
    /// A fix removes what somebody is writing.
    FixesTheWritten,
    /// A check tells one entry less than there is.
    ChecksTooFew,
    /// Every handle keeps the settings that it was opened with.
    SettingsOfItsOwn,
    /// Only the hits of the first handle are recorded.
    HitsOfTheFirst,
    /// Every handle reads what it read first at a key.
    ReadsOfItsOwn,
    /// A put since a fence is stored whatever was invalidated.
    IgnoresFences,
    /// A put since a fence is stored whatever tag or cache was invalidated.
    FencesKeysAlone,
    /// Invalidations where nothing is stored are forgotten.
    ForgetsInvalidations,
    /// The removal of an entry that was stored since a fence does not invalidate.
    RemovesWithoutFence,
    /// Everything counts as invalidated, whatever the fence.
    InvalidatesForEver,
}
