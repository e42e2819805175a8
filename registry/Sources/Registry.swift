internal import ZooCore

/// The models that zoo knows by name.
///
/// The registry comes with the program, as JSON in its read-only data; ``decode(_:source:)`` reads more of the same from
/// elsewhere, and ``adding(_:)`` joins the two. Lists of class names stay undecoded until they are asked for.
///
/// ```swift
/// let registry = try Registry.embedded()
/// let entry = try registry.entry("resnet18")          // the default weights: resnet18:IMAGENET1K_V1
/// ```
public struct Registry: Sendable {
    /// Every pair of model and weights; those of torchvision by name, and before them those of other origin.
    public let entries: [ModelEntry]
    /// Files whose content is known beyond what the entries say, or though no entry mentions them.
    let knownFiles: [KnownFile]

    /// The documents of ``embedded()``, in the order of their entries.
    static let embeddedDocuments = ["models.json", "torchvision.json", "known-files.json"]

    /// Joins documents and checks what only shows when all are there.
    init(_ documents: [RegistryDocument]) throws(RegistryError) {
        knownFiles = documents.flatMap(\.files)
        let known = Dictionary(knownFiles.map { ($0.fileName, $0) }) { first, _ in first }
        var entries: [ModelEntry] = []
        for entry in documents.flatMap(\.entries) {
            guard let completed = entry.completed(by: known[entry.fileName]) else {
                throw RegistryError(
                    .malformed, "the entry and the known file \(entry.fileName.quoted) promise different bytes",
                    place: entry.id)
            }
            entries.append(completed)
        }
        self.entries = entries
        try checkThatNamesAreClear()
    }

    /// The registry that comes with the program.
    ///
    /// - Throws: ``RegistryError`` of code `malformed`, if the program was built from a broken registry; its tests
    ///   would have failed.
    /// - Complexity: O(size of the registry); call it once.
    public static func embedded() throws(RegistryError) -> Registry {
        var documents: [RegistryDocument] = []
        for path in embeddedDocuments {
            guard let bytes = EmbeddedDocument.bytes(of: path) else {
                throw RegistryError(.malformed, "the program was built without this document", place: path)
            }
            documents.append(try RegistryDocument(bytes, source: path, refusingUnknownFields: false))
        }
        return try Registry(documents)
    }

    /// Reads one document of the form of `registry/models.json`.
    ///
    /// - Parameters:
    ///   - bytes: JSON in UTF-8; copied.
    ///   - source: What to call the document in errors, such as its path.
    /// - Throws: ``RegistryError`` of code `malformed`, with the field and what is wrong with it. Unknown fields are
    ///   errors too.
    public static func decode(_ bytes: RawSpan, source: String) throws(RegistryError) -> Registry {
        try Registry([RegistryDocument(bytes, source: source, refusingUnknownFields: true)])
    }

    /// This registry's entries and those of `other`.
    ///
    /// - Throws: ``RegistryError`` of code `malformed` if both have an entry or a file of the same name, or both have
    ///   default weights for one name.
    public func adding(_ other: Registry) throws(RegistryError) -> Registry {
        try Registry([
            RegistryDocument(entries: entries, files: knownFiles),
            RegistryDocument(entries: other.entries, files: other.knownFiles),
        ])
    }

    /// What the content of a file of this name should be, so far as the registry knows; `nil` if it knows nothing.
    ///
    /// - Complexity: O(number of entries).
    public func knownFile(named fileName: String) -> KnownFile? {
        knownFiles.first { $0.fileName == fileName } ?? entry(fileName: fileName).map(KnownFile.init)
    }

    /// The class names of the outputs of `entry`, in order; `nil` if its outputs have no names.
    ///
    /// - Throws: ``RegistryError`` of code `unknownClassList`, if the entry names a list that zoo does not have.
    public func classes(of entry: ModelEntry) throws(RegistryError) -> [String]? {
        if let classes = entry.classes { return classes }
        guard let list = entry.classList else { return nil }
        return try classes(of: list)
    }

    /// The class names of a list that comes with the program, such as `imagenet1k`, in the order of the outputs.
    ///
    /// - Throws: ``RegistryError`` of code `unknownClassList`.
    /// - Complexity: O(number of classes); decoded at each call.
    public func classes(of list: String) throws(RegistryError) -> [String] {
        let path = "classes/\(list).json"
        guard let bytes = EmbeddedDocument.bytes(of: path) else {
            let known = EmbeddedDocument.paths.filter { $0.hasPrefix("classes/") }.map { $0.dropFirst(8).dropLast(5) }
            throw RegistryError(
                .unknownClassList, "there is no list of classes \(list.quoted), only \(known.joined(separator: ", "))")
        }
        return try RegistryDocument.decode([String].self, from: bytes, source: path)
    }

    /// Every spelling must lead to one entry, and every file name to one file of the cache.
    private func checkThatNamesAreClear() throws(RegistryError) {
        var owners: [String: Int] = [:]
        func claim(_ spelling: String, _ what: String, for index: Int) throws(RegistryError) {
            if let owner = owners.updateValue(index, forKey: spelling.lowercased()) {
                let whose = owner == index ? "twice" : "by \(entries[owner].id) too"
                throw RegistryError(
                    .malformed, "\(what) \(spelling.quoted) is taken \(whose)", place: entries[index].id)
            }
        }
        for (index, entry) in entries.enumerated() {
            try claim(entry.id, "the name", for: index)
            if let enumID = entry.enumID { try claim(enumID, "the name", for: index) }
            if entry.isDefault { try claim(entry.name, "the default of", for: index) }
            for alias in entry.aliases { try claim(alias, "the alias", for: index) }
            try claim(entry.fileName, "the file name", for: index)
        }
        for entry in entries where !entry.isDefault {
            if let owner = owners[entry.name.lowercased()], entries[owner].isDefault, entries[owner].name == entry.name
            {
                continue
            }
            throw RegistryError(
                .malformed, "no weights of '\(entry.name)' are its default; give one entry \"default\": true",
                place: entry.id)
        }
    }
}
