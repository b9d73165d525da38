//! How large a picture is, and how large what the network is shown of it.

use super::pyramid::Size;

/// Pixels of the other side that the network is shown of a seamless texture. Most of what a feature sees lies within so
/// many.
const MARGIN: usize = 64;

/// The size of a picture at one scale, and whether its edges go on at the opposite ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The picture's own.
    pub size: Size,
    /// A seamless texture is shown to the network with margins, which repeat its other side.
    pub seamless: bool,
}

impl Extent {
    /// The rows of the margins above and below, and the columns of those at the left and the right, each.
    pub fn margins(self) -> (usize, usize) {
        if self.seamless { (MARGIN.min(self.size.height), MARGIN.min(self.size.width)) } else { (0, 0) }
    }

    /// The size of what the network is shown.
    pub fn shown(self) -> Size {
        let (rows, columns) = self.margins();
        Size { width: self.size.width + 2 * columns, height: self.size.height + 2 * rows }
    }

    /// The same picture at another size.
    #[must_use]
    pub fn at(self, size: Size) -> Self {
        Self { size, ..self }
    }
}
