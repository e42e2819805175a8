internal import CBuildFacts
import ZooArchive
import ZooCore
import ZooEngine
import ZooFetch
import ZooImage
import ZooTraining

/// How this program was built, and what it found on this machine.
struct BuildFacts: Encodable {
    /// A library, as `--json` prints it.
    struct Library: Encodable {
        let name, version: String
        let path: String?
    }

    /// The release.
    let version = ZooVersion.current
    /// The commit, with `-dirty` if files had been changed; absent where the build was not told.
    let commit: String?
    /// The compiler.
    let swift: String
    /// `release` or `debug`.
    let configuration: String
    /// The libraries; OpenBLAS only where it is installed.
    let libraries: [Library]
    /// What of the processor networks use.
    let instructions: [String]

    /// - Parameter findingFiles: whether the libraries' files are looked for.
    init(findingFiles: Bool = true) {
        let commit = unsafe String(cString: zoo_build_commit)
        self.commit = commit.isEmpty ? nil : commit
        let swift = unsafe String(cString: zoo_build_swift)
        self.swift = swift.isEmpty ? Self.compiler : swift
        #if DEBUG
            configuration = "debug"
        #else
            configuration = "release"
        #endif
        let known: [LibraryVersion?] = [
            .oneDNN, .openBLAS, .libcurl, .libcrypto, .zlib, .libdeflate, .libjpegTurbo, .libpng,
        ]
        libraries = known.compactMap { $0 }.map {
            Library(name: $0.name, version: $0.version, path: findingFiles ? $0.path : nil)
        }
        instructions = ProcessorInstructions.used.map(\.rawValue)
    }

    private static var compiler: String {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    /// What `zoo --version` prints; the first line is the release alone.
    var text: String {
        let width = libraries.map(\.name.count).max() ?? 0
        let lines =
            [
                Self.firstLine, "commit: \(commit ?? "unknown")",
                "build: \(configuration), Swift \(swift), x86-64 Linux", "libraries:",
            ] + libraries.map { "  \(DisplayText.padded($0.name, to: width))  \($0.version)" }
            + ["processor: " + (instructions.isEmpty ? "no AVX2" : instructions.joined(separator: ", "))]
        return lines.joined(separator: "\n")
    }

    /// `zoo 0.1.0`.
    static let firstLine = "zoo \(ZooVersion.current)"
}
