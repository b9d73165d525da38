//! The order of names that people expect: by the numbers in them.

use std::cmp::Ordering;

/// Compares two names: their numbers by value, all else without regard to case; names that differ in nothing else by
/// their letters.
pub(super) fn natural_order(one: &str, other: &str) -> Ordering {
    let (mut left, mut right) = (one, other);
    loop {
        let (number, other_number) = (digits(left), digits(right));
        let order = if number.is_empty() || other_number.is_empty() {
            let (Some(letter), Some(other_letter)) = (left.chars().next(), right.chars().next()) else {
                return left.len().cmp(&right.len()).then_with(|| one.cmp(other));
            };
            (left, right) = (&left[letter.len_utf8()..], &right[other_letter.len_utf8()..]);
            letter.to_lowercase().cmp(other_letter.to_lowercase())
        } else {
            (left, right) = (&left[number.len()..], &right[other_number.len()..]);
            let [number, other_number] = [number, other_number].map(|number| number.trim_start_matches('0'));
            number.len().cmp(&other_number.len()).then_with(|| number.cmp(other_number))
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// The digits at the beginning.
fn digits(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_value() {
        let mut names =
            ["frame-10.png", "Frame-2.png", "frame-010.png", "frame-1b.png", "frame-1.png", "é9", "é10", ""];
        names.sort_by(|one, other| natural_order(one, other));
        let expected = ["", "frame-1.png", "frame-1b.png", "Frame-2.png", "frame-010.png", "frame-10.png", "é9", "é10"];
        assert_eq!(names, expected);
    }
}
