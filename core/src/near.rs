//! Names that nobody knows: what was found, what is known, and what was probably meant.

/// The message for an unknown `name` of a `thing`, with the known ones and the near miss among them.
///
/// ```
/// use larder_core::near;
///
/// let message = near::unknown("policy", "lur", &["lrs", "lru"]);
/// assert_eq!(message, "unknown policy `lur`, did you mean `lru`? known: lrs, lru");
/// ```
pub fn unknown(thing: &str, name: &str, known: &[&str]) -> String {
    let known_names = known.join(", ");
    match nearest(name, known) {
        Some(near) => format!("unknown {thing} `{name}`, did you mean `{near}`? known: {known_names}"),
        None => format!("unknown {thing} `{name}`; known: {known_names}"),
    }
}

/// The known name that differs least from `name`, if it differs little.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let rank = |known: &str| {
        let known = known.to_lowercase();
        // Of two equally near names the one with the same first letter was meant more likely.
        (strsim::damerau_levenshtein(&lower, &known), known.chars().next() != lower.chars().next())
    };
    let near = known.iter().map(|known| (rank(known), *known)).min()?;
    let most = 1 + name.chars().count() / 4;
    (near.0.0 <= most).then_some(near.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_far_from_all_gets_no_suggestion() {
        assert_eq!(unknown("policy", "banana", &["lru"]), "unknown policy `banana`; known: lru");
    }

    #[test]
    fn letters_in_another_case_are_near() {
        assert_eq!(nearest("gib", &["GB", "GiB"]), Some("GiB"));
        assert_eq!(nearest("G", &["B", "GB"]), Some("GB"));
    }

    #[test]
    fn swapped_letters_are_a_near_miss() {
        assert_eq!(nearest("s3-fiof", &["lru", "s3-fifo"]), Some("s3-fifo"));
    }
}
