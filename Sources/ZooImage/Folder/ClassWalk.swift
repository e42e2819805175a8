internal import SystemPackage

/// Collects the images of one class folder, with those of its sub-folders.
struct ClassWalk {
    /// The images, in the order of torchvision: folder by folder, sorted by the folder's path; by name within each.
    private(set) var images: [FilePath] = []
    /// Files that are no images by their names.
    private(set) var ignored: [FilePath] = []

    /// Folders deeper than this are refused; only links that lead in circles nest so deeply.
    private static let maximumDepth = 100

    /// Walks through `folder`. Links are followed; a folder that contains itself through a link is entered once.
    ///
    /// - Throws: ``ImageError``.
    /// - Complexity: O(*n* log *n*) in the number of files.
    init(_ folder: FilePath) throws(ImageError) {
        var folders: [(path: FilePath, listing: FolderListing)] = []
        try Self.collect(folder, ancestors: [], into: &folders)
        folders.sort { $0.path.string.utf8.lexicographicallyPrecedes($1.path.string.utf8) }
        for (path, listing) in folders {
            for file in listing.files {
                if Self.isImage(file) {
                    images.append(path.appending(file))
                } else {
                    ignored.append(path.appending(file))
                }
            }
        }
    }

    private static func collect(
        _ folder: FilePath, ancestors: [FolderIdentity], into folders: inout [(path: FilePath, listing: FolderListing)]
    ) throws(ImageError) {
        guard ancestors.count < maximumDepth else {
            throw ImageError(.badFolder, folder, "folders are nested more than \(maximumDepth) deep; flatten them")
        }
        let listing = try FolderListing(folder)
        guard !ancestors.contains(listing.identity) else { return }
        folders.append((folder, listing))
        for name in listing.folders where !ImageFolder.isHidden(name) {
            try collect(folder.appending(name), ancestors: ancestors + [listing.identity], into: &folders)
        }
    }

    /// Whether torchvision takes a file of this name for an image.
    ///
    /// Names that begin with `._` belong to macOS, which writes such files, with the same extension, beside others.
    static func isImage(_ name: String) -> Bool {
        guard !name.hasPrefix("._") else { return false }
        let lowercased = name.lowercased()
        return ImageFolder.extensions.contains { lowercased.hasSuffix($0) }
    }
}
