//! The shapes that tensors can be given.

/// The length of each axis: one number for a single axis, a tuple, an array or a slice.
pub trait IntoDims {
    /// The length of each axis.
    fn into_dims(self) -> Vec<usize>;
}

impl IntoDims for usize {
    fn into_dims(self) -> Vec<usize> {
        vec![self]
    }
}

impl IntoDims for (usize, usize) {
    fn into_dims(self) -> Vec<usize> {
        vec![self.0, self.1]
    }
}

impl IntoDims for (usize, usize, usize) {
    fn into_dims(self) -> Vec<usize> {
        vec![self.0, self.1, self.2]
    }
}

impl IntoDims for &[usize] {
    fn into_dims(self) -> Vec<usize> {
        self.to_vec()
    }
}

impl<const N: usize> IntoDims for [usize; N] {
    fn into_dims(self) -> Vec<usize> {
        self.to_vec()
    }
}
