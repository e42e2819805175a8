/// Something wrong with the bytes of a file that should hold weights.
public struct FileDefect: Sendable, Hashable {
    /// The kinds of defect, named as `zoo verify --json` names them.
    public enum Cause: String, Sendable, Hashable, CaseIterable {
        /// The SHA-256 is not the one that the registry or the file name promises.
        case hashMismatch = "hash-mismatch"
        /// The length is not the one that the registry promises.
        case sizeMismatch = "size-mismatch"
        /// The file ends too early.
        case truncated
        /// A part of the file contradicts its own checksum or another part.
        case corruptRecord = "corrupt-record"
        /// The file has no bytes.
        case empty
        /// A web page was saved under the name of a checkpoint.
        case html
        /// An XML document, as object stores send with an error, was saved under the name of a checkpoint.
        case xml
        /// A Git LFS pointer, not the file it points to.
        case lfsPointer = "lfs-pointer"
        /// The bytes are none of the formats that checkpoints have.
        case notACheckpoint = "not-a-checkpoint"
        /// A download that nobody continues.
        case abandonedPartial = "abandoned-partial"
    }

    /// What kind of defect it is.
    public let cause: Cause
    /// Where and what, for a person; one line.
    public let detail: String

    /// Creates the finding.
    public init(_ cause: Cause, _ detail: String) {
        self.cause = cause
        self.detail = detail
    }
}
