public import SystemPackage
internal import ZooCore

extension ImageFolder {
    /// A share of every class, at least one image of each: what a learning curve learns from.
    ///
    /// With the same seed a smaller share is a part of a larger one.
    ///
    /// - Parameters:
    ///   - share: above 0, up to 1.
    ///   - seed: chooses the images.
    /// - Precondition: the share is in that range.
    /// - Complexity: O(*n*).
    public func sharing(_ share: Double, seed: UInt64) -> ImageFolder {
        precondition(share > 0 && share <= 1, "a share lies between 0 and 1")
        guard share < 1 else { return self }
        var members = [[Int]](repeating: [], count: classes.count)
        for (index, sample) in samples.enumerated() { members[sample.label].append(index) }
        var isChosen = [Bool](repeating: false, count: samples.count)
        for (label, indices) in members.enumerated() where !indices.isEmpty {
            var generator = SeededGenerator(seed: seed, stream: UInt64(label))
            let count = max(1, Int((Double(indices.count) * share).rounded()))
            for index in indices.shuffled(using: &generator).prefix(count) { isChosen[index] = true }
        }
        return part { isChosen[$0] }
    }

    /// The folder that an image lies in, without the folder of its class: where it comes from, such as a camera's or a site's
    /// folder; `.` where there is nothing more.
    public func source(of sample: ImageSample) -> String {
        Self.source(of: sample.path, className: classes[sample.label], in: path)
    }

    /// The same for an image of the folder or list at `path`.
    ///
    /// - Parameter className: the folder that says nothing, if there is one.
    public static func source(of image: FilePath, className: String?, in path: FilePath) -> String {
        // The images of a list are named from the folder that it lies in.
        let base = FolderListing.isFolder(path) ? path : path.removingLastComponent()
        var folders = image.removingLastComponent().components.map(\.string)
        let root = base.components.map(\.string)
        if folders.starts(with: root) { folders.removeFirst(root.count) }
        if let className, let index = folders.lastIndex(of: className) { folders.remove(at: index) }
        return folders.isEmpty ? "." : folders.joined(separator: "/")
    }
}
