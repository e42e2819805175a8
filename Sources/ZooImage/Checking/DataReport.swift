/// What ``DataCheck`` found. Images are named by their index in ``samples``.
public struct DataReport: Sendable {
    /// An image of few pixels.
    public struct TinyImage: Sendable, Hashable {
        /// Which image.
        public let index: Int
        /// How large it is.
        public let size: ImageSize
    }

    /// Images with the same pixels.
    public struct DuplicateGroup: Sendable, Hashable {
        /// Which images; two at least, ascending.
        public let indices: [Int]
        /// Whether they have different labels, of which one at most is right.
        public let isAcrossClasses: Bool
        /// Whether they are used both to learn and to judge, which makes the measure too good.
        public let isAcrossSplits: Bool
    }

    /// A training and a validation image that look alike.
    public struct NearDuplicate: Sendable, Hashable {
        /// Which training image.
        public let trainIndex: Int
        /// Which validation image.
        public let validationIndex: Int
        /// In how many of 64 bits their perceptual hashes differ.
        public let distance: Int
    }

    /// All images: those to learn from, then those to judge by.
    public let samples: [ImageSample]
    /// How many of them are to learn from.
    public let trainCount: Int
    /// Images that cannot be decoded.
    public internal(set) var unreadable: [ImageFailure] = []
    /// Images with the same pixels, group by group.
    public internal(set) var duplicates: [DuplicateGroup] = []
    /// Images of the two parts that look alike, the most alike first.
    public internal(set) var nearDuplicates: [NearDuplicate] = []
    /// Images of few pixels.
    public internal(set) var tiny: [TinyImage] = []
    /// Images that show nothing but one colour.
    public internal(set) var oneColour: [Int] = []

    /// In how many of 64 bits the perceptual hashes of near-duplicates differ at most.
    public static let greatestDistance = DifferenceHash.greatestDistance

    init(samples: [ImageSample], trainCount: Int) {
        self.samples = samples
        self.trainCount = trainCount
    }

    /// Whether nothing was found.
    public var isClean: Bool {
        unreadable.isEmpty && duplicates.isEmpty && nearDuplicates.isEmpty && tiny.isEmpty && oneColour.isEmpty
    }
}
