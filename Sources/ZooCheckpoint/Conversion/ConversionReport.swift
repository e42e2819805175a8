public import SystemPackage

/// What a conversion wrote.
public struct ConversionReport: Sendable {
    /// The format.
    public let format: ConversionFormat
    /// The files: one, or the parts and then their index.
    public let files: [FilePath]
    /// How many names there are, aliases among them.
    public let tensorCount: Int
    /// How many of them are other names of a tensor that is written once.
    public let aliasCount: Int
    /// The elements' bytes that were written.
    public let byteCount: Int
    /// How many tensors were rounded to another element type.
    public let castCount: Int
    /// How many tensors were brought into the order `O×H×W×I`.
    public let movedCount: Int
    /// How many finite elements became infinite.
    public let overflowCount: Int
    /// Sentences for a person: options that matched nothing, what was left out.
    public let warnings: [String]
}
