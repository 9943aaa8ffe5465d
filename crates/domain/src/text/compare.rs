//! What texts are compared by, where not every difference in writing counts.

use unicode_normalization::UnicodeNormalization;

use super::{check_char, collapse_spaces, is_overlay};

/// What sorting and prefix search compare: compatibility-normalised, in lower case, single spaces. Applying it twice changes
/// nothing.
pub fn name_key(text: &str) -> String {
    let fold = |text: &str| {
        let folded: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
        // The final form of sigma depends on what follows, which would break prefix search.
        collapse_spaces(&folded.replace('ς', "σ"))
    };
    let mut key = fold(text);
    // Normalising can bring forth letters that have a lower case, and spaces; two or three rounds settle every text.
    for _ in 0..4 {
        let next = fold(&key);
        if next == key {
            break;
        }
        key = next;
    }
    key
}

/// What names that look alike share (UTS 39 section 4, made blind to case, spaces, and invisible and overlaid characters).
///
/// Stricter than the standard in one point: `i` and `l` are the same, because a capital I is drawn like a small l and the result
/// must not depend on case. For comparing only; never show it.
pub fn skeleton(text: &str) -> String {
    let visible: String =
        text.nfkc().filter(|c| check_char(*c).is_ok() || c.is_whitespace()).filter(|c| !is_overlay(*c)).collect();
    // Case is folded after the first round, so that a capital is compared by its own shape, and the second round brings the
    // small letters together.
    let folded = name_key(&confusables(&visible));
    collapse_spaces(&name_key(&confusables(&folded)).replace(['i', '1', '|'], "l"))
}

/// Whether two names can be mistaken for each other; equal names can.
pub fn looks_like(a: &str, b: &str) -> bool {
    skeleton(a) == skeleton(b)
}

pub(super) fn confusables(text: &str) -> String {
    unicode_security::skeleton(text).collect()
}
