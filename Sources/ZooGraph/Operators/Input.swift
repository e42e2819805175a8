import ZooTensor

/// The images that enter the network: `N×C×H×W`, float32, normalised.
public struct Input: Operator {
    /// `C`.
    public let channels: Int

    /// Images of `channels` channels.
    public init(channels: Int) {
        self.channels = channels
    }

    var name: String { "input" }
    var inputCount: Int { 0 }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        // The graph itself knows the size of the images; see Graph.shapes.
        throw ShapeMismatch("an input has no shape of its own")
    }
}
