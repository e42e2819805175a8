extension ImageFolder {
    /// The names of the classes of ``turned()``.
    public static let turnNames = ["0°", "90°", "180°", "270°"]

    /// Every image four times, turned counter-clockwise by no, one, two and three right angles, which are its classes.
    ///
    /// The four stand one after the other. Source: Gidaris et al., *Unsupervised Representation Learning by Predicting Image
    /// Rotations* (2018).
    ///
    /// - Complexity: O(*n*).
    public func turned() -> ImageFolder {
        let turned = samples.flatMap { sample in
            Self.turnNames.indices.map { ImageSample(path: sample.path, label: $0, quarterTurns: $0) }
        }
        return ImageFolder(path: path, classes: Self.turnNames, samples: turned, ignored: ignored)
    }
}
