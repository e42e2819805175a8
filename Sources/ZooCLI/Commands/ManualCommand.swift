import ArgumentParser
import FoundationEssentials
import SystemPackage
import ZooCore

/// `zoo generate-manual`: manual pages, for `make install` and packages.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate-manual",
        abstract: "Write the manual pages into a folder: zoo.1 and one for each command.",
        discussion: """
            Example:
              zoo generate-manual man1 --date 2026-11-24
            """,
        shouldDisplay: false)

    @Argument(help: ArgumentHelp("The folder, which must be there.", valueName: "folder"), completion: .directory)
    var folder: String

    @Option(help: ArgumentHelp("The date of the release, for the pages' foot.", valueName: "date"))
    var date = ""

    func run() throws {
        for page in ManualPage.pages(of: try ToolDescription.ofZoo().command, date: date) {
            var file = try AtomicFile(at: FilePath(folder).appending("\(page.name).1"))
            try file.write(Array(page.text.utf8))
            try file.publish()
        }
    }
}
