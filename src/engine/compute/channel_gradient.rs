//! What the gradient of a normalisation needs of each channel.

/// Sums over all positions of features, one number for each channel.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) struct ChannelProducts {
    /// Of the gradient.
    pub(in crate::engine) gradients: Vec<f64>,
    /// Of the gradient times the feature, from which the channel's centre is subtracted.
    pub(in crate::engine) products: Vec<f64>,
}

/// `gradient * own + feature * other + offset`, with one number of each kind for each channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::engine) struct ChannelMixture {
    /// Factors of the gradient.
    pub(in crate::engine) gradient: Vec<f32>,
    /// Factors of the feature.
    pub(in crate::engine) feature: Vec<f32>,
    /// Added to both.
    pub(in crate::engine) offset: Vec<f32>,
}
