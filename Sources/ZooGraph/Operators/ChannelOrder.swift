import ZooTensor

/// Some neighbouring channels, as `x[:, first:first + count]`.
///
/// Input `N×C×H×W`, output `N×count×H×W`.
public struct ChannelSlice: Operator {
    /// `C`.
    public let inputChannels: Int
    /// The first channel that is kept.
    public let first: Int
    /// How many are kept.
    public let count: Int

    /// Creates the operation.
    ///
    /// - Precondition: the slice lies within the channels and is not empty.
    public init(inputChannels: Int, first: Int, count: Int) {
        precondition(first >= 0 && count > 0 && first + count <= inputChannels, "slice")
        self.inputChannels = inputChannels
        self.first = first
        self.count = count
    }

    var name: String { "channel slice" }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        try inputs[0].requireImages(channels: inputChannels)
        return try Shape.checked([inputs[0][0], count, inputs[0][2], inputs[0][3]])
    }
}

/// The channels of all groups in turn: first the first of every group, then the second ones, as torchvision's
/// `channel_shuffle`.
///
/// Input and output `N×C×H×W`.
public struct ChannelShuffle: Operator {
    /// How many groups there are.
    public let groups: Int

    /// Creates the operation.
    public init(groups: Int) {
        precondition(groups > 0, "groups")
        self.groups = groups
    }

    var name: String { "channel shuffle" }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        try inputs[0].requireImages()
        guard inputs[0][1] % groups == 0 else {
            throw ShapeMismatch("\(inputs[0][1]) channels are not \(groups) equal groups")
        }
        return inputs[0]
    }
}
