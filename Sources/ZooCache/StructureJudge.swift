public import ZooCore

/// Looks at the structure of a file that should hold weights, without knowing which weights.
///
/// The cache knows nothing of checkpoint formats; whoever does supplies the judge.
public protocol StructureJudge: Sendable {
    /// What is wrong with `file`, or `nil` if its structure is that of a checkpoint.
    func defect(in file: MappedFile) -> FileDefect?
}
