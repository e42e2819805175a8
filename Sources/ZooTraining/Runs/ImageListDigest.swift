internal import FoundationEssentials
internal import SystemPackage
public import ZooCore
public import ZooImage

/// What tells lists of images from others.
public enum ImageListDigest {
    /// A SHA-256 over names, labels and sizes of files; their bytes would take long.
    ///
    /// - Complexity: A look at the size of every file.
    public static func digest(_ folders: [ImageFolder]) -> SHA256Digest {
        var sum = SHA256()
        for folder in folders {
            for combination in folder.tasks?.combinations ?? [] {
                sum.update(text: "\(combination.map { $0.map { "\($0)" } ?? "-" }.joined(separator: " "))\n")
            }
            for sample in folder.samples {
                let size = (try? FileManager.default.attributesOfItem(atPath: sample.path.string))?[.size] as? Int
                sum.update(text: "\(sample.path.lastComponent?.string ?? "") \(sample.label) \(size ?? -1)\n")
            }
            sum.update(text: "--\n")
        }
        return sum.finish()
    }
}
