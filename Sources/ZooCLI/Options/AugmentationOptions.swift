import ArgumentParser
import ZooImage

/// What is done to training images.
struct AugmentationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What is done to training images at random: none, light, standard, strong, or a list of steps.",
            discussion: """
                Such as "resized-crop=0.35..1,hflip,rotate=10,jitter=0.2/0.2/0.2/0.05,erase=0.25"; docs/augmentation.md \
                lists them, 'zoo data preview' shows them. By default light, and none for --head-only.
                """, valueName: "preset|steps"), completion: .list(Completions.augmentations),
        transform: { try Augmentation($0) })
    var augment: Augmentation?

    @Option(
        help: ArgumentHelp(
            "How many augmented copies of each image --head-only sees; 4 by default, with --augment.", valueName: "n"))
    var augmentCopies: Int?

    func validate() throws {
        if let augmentCopies {
            if augmentCopies < 1 { throw ValidationError("--augment-copies must be at least 1") }
            if augment == nil { throw ValidationError("--augment-copies needs --augment, which says what is done") }
        }
    }

    /// What was asked for, or the default.
    func augmentation(headOnly: Bool) -> Augmentation {
        augment ?? .preset(headOnly ? .none : .light)
    }
}
