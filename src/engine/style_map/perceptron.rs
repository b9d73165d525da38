//! A small fully connected network.

/// A fully connected network with the hyperbolic tangent between its layers, and nothing after the last one.
#[derive(Clone, Debug, PartialEq)]
pub struct Perceptron {
    sizes: Vec<usize>,
    /// Of each layer its weights (outputs x inputs), and then a bias for each output.
    parameters: Vec<f32>,
}

impl Perceptron {
    /// A network of these sizes: that of its input, then those of its layers' outputs. `None` if there are fewer than two, if
    /// the number of parameters is not [`Self::count`], or if one is not finite.
    pub fn new(sizes: &[usize], parameters: Vec<f32>) -> Option<Self> {
        let is_whole = sizes.len() >= 2
            && Some(parameters.len()) == Self::count(sizes)
            && parameters.iter().all(|number| number.is_finite());
        is_whole.then(|| Self { sizes: sizes.to_vec(), parameters })
    }

    /// How many parameters a network of these sizes has; `None` if that is more than fits into memory.
    pub fn count(sizes: &[usize]) -> Option<usize> {
        let layers = sizes.windows(2).map(|pair| pair[0].checked_add(1)?.checked_mul(pair[1]));
        layers.into_iter().try_fold(0usize, |sum, layer| sum.checked_add(layer?))
    }

    /// The sizes of its input and its layers' outputs.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// Its parameters.
    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// Its output for an input, whose numbers beyond its size are ignored.
    pub fn run(&self, input: &[f32]) -> Vec<f32> {
        let mut features = input.to_vec();
        let mut rest = self.parameters.as_slice();
        let layers = self.sizes.len() - 1;
        for (index, pair) in self.sizes.windows(2).enumerate() {
            let (inputs, outputs) = (pair[0], pair[1]);
            let (weights, after) = rest.split_at(inputs * outputs);
            let (biases, after) = after.split_at(outputs);
            let sum = |(row, bias): (&[f32], &f32)| {
                let sum = bias + row.iter().zip(&features).map(|(weight, feature)| weight * feature).sum::<f32>();
                if index + 1 < layers { sum.tanh() } else { sum }
            };
            let next = weights.chunks(inputs.max(1)).zip(biases).map(sum).collect();
            (features, rest) = (next, after);
        }
        features
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_follow_each_other() {
        // python3 -c "import math; h = [math.tanh(1*2 + 2*-1 + .5), math.tanh(.25*2 - 1*-1 - 1)]; print(3*h[0] - h[1] + .125)"
        let parameters = vec![1.0, 2.0, 0.25, -1.0, 0.5, -1.0, 3.0, -1.0, 0.125];
        let network = Perceptron::new(&[2, 2, 1], parameters.clone()).unwrap();
        assert!((network.run(&[2.0, -1.0])[0] - 1.049_234_3).abs() < 1e-5, "{:?}", network.run(&[2.0, -1.0]));
        assert_eq!(Perceptron::new(&[2, 2, 1], parameters[1..].to_vec()), None);
        assert_eq!(Perceptron::new(&[2], Vec::new()), None);
        assert_eq!(Perceptron::new(&[1, 1], vec![f32::NAN, 0.0]), None);
        assert_eq!(Perceptron::count(&[usize::MAX, 2, 3]), None);
    }
}
