import FoundationEssentials
import SystemPackage
import ZooCore

/// A file or folder that is not there, with the name of the one that was meant.
struct MissingFile: ZooError {
    let description: String

    let kind: FailureKind

    /// - Parameter what: what was expected, `file` or `folder or list of images`.
    init(_ path: FilePath, what: String = "file", kind: FailureKind = .unreadable) {
        self.kind = kind
        let names = Self.neighbours(of: path)
        let near = Suggestion.nearest(to: path.lastComponent?.string ?? "", among: names)
        let folder = path.removingLastComponent()
        let question = Suggestion.question(near.map { folder.isEmpty ? $0 : folder.appending($0).string })
        description = "\(path): there is no such \(what)" + (question.map { ". \($0)" } ?? "")
    }

    /// What to say about a file that could not be read: the error, or what was meant if there is no such file.
    static func explanation(of error: any ZooError, about path: FilePath) -> String {
        FileManager.default.fileExists(atPath: path.string) ? "\(error)" : MissingFile(path).description
    }

    private static func neighbours(of path: FilePath) -> [String] {
        let folder = path.removingLastComponent()
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder.string)
        // A folder with very many files is searched for long, and helps nobody.
        return Array((names ?? []).prefix(10_000)).sorted()
    }
}
