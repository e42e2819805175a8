import SystemPackage
import ZooRegistry
import ZooReport

/// How to use a checkpoint, in commands and code that can be copied.
struct UsageSection {
    /// The checkpoint.
    let output: String
    let architecture: String
    let classCount: Int
    let preprocessing: Preprocessing
    /// Labelled images to evaluate on.
    let images: String
    /// The networks whose codes the head takes, where it is no layer of one.
    var sources: [CodesDescription.Source]?
    /// Whether the outputs are those of several tasks.
    var hasTasks = false
    /// The settings of the run.
    var settings: [String: String] = [:]
    /// Whether it was written: an interrupted run has no checkpoint yet.
    let isWritten: Bool
    /// Whether the network lost channels.
    var isNarrowed = false

    var section: Page.Section? {
        Page.Section("use", "Using it") {
            if !isWritten { HTML.warning("The training was not finished, so the checkpoint is not written yet.") }
            HTML("h3") { "With zoo" }
            HTML.code(
                """
                zoo predict \(ShellText.quoted(output)) photo.jpg
                zoo evaluate \(ShellText.quoted(output)) \(ShellText.quoted(images))
                zoo inspect \(ShellText.quoted(output))
                """)
            HTML("h3") { "With PyTorch" }
            for name in strangers {
                HTML.note(
                    "torchvision does not have the network \(name), so the code says where its module comes from.")
            }
            HTML.code(code)
        }
    }
}

extension UsageSection {
    fileprivate var code: String {
        if let sources {
            return CodesPyTorchCode(
                output: output, sources: sources, classCount: classCount, settings: settings
            ).text
        }
        return PyTorchCode(
            output: output, architecture: architecture, classCount: classCount, preprocessing: preprocessing,
            isNarrowed: isNarrowed, hiddenCount: settings["head-hidden"].flatMap { Int($0) }, hasTasks: hasTasks
        ).text
    }

    /// The networks that torchvision does not have.
    fileprivate var strangers: [String] {
        (sources?.map(\.arch) ?? [architecture]).filter {
            PyTorchCode.builder(of: $0, classCount: classCount, crop: preprocessing.crop) == nil
        }
    }
}

/// Words of a command line.
enum ShellText {
    /// A word as a POSIX shell reads it.
    static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
            default: "-_./:=,+@%".utf8.contains(byte)
            }
        }
        return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
