import ArgumentParser
import ZooImage

/// How often, and how, each image is looked at.
struct ViewOptions: ParsableArguments {
    /// A way to look at an image more than once.
    enum Augmented: String, CaseIterable {
        case flip, crops
    }

    @Option(
        help: ArgumentHelp(
            "Test-time augmentation: average the probabilities of several views of each image. flip adds the mirror image, "
                + "crops the four corners; flip,crops sees ten views.", valueName: "views"))
    var tta: String?

    func validate() throws { _ = try names() }

    /// The views, the usual one first.
    func views() throws -> [ImageView] {
        let names = try names()
        let places = names.contains(.crops) ? ImageView.Place.allCases : [.centre]
        return (names.contains(.flip) ? [false, true] : [false]).flatMap { isMirrored in
            places.map { ImageView($0, isMirrored: isMirrored) }
        }
    }

    private func names() throws -> Set<Augmented> {
        guard let tta else { return [] }
        return Set(
            try tta.split(separator: ",", omittingEmptySubsequences: false).map { name in
                guard let view = Augmented(rawValue: String(name)) else {
                    throw ValidationError("--tta does not know '\(name)'; it takes flip, crops, or flip,crops")
                }
                return view
            })
    }
}
