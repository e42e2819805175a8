import FoundationEssentials
import SystemPackage

extension Completions {
    /// The files and folders whose paths begin with `prefix`; of the files those with one of `extensions`.
    ///
    /// A folder that is the only answer is opened, so that no second tab is needed. Hidden ones come only where the dot
    /// is typed.
    static func files(beginningWith prefix: String, extensions: [String]) -> [String] {
        let slash = prefix.lastIndex(of: "/")
        let folder = slash.map { String(prefix[...$0]) } ?? ""
        let typed = slash.map { prefix[prefix.index(after: $0)...] } ?? prefix[...]
        let place = folder.hasPrefix("~/") ? home + folder.dropFirst() : folder
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place.isEmpty ? "." : place)) ?? []
        let fitting = names.sorted().filter { $0.hasPrefix(typed) && ($0.hasPrefix(".") == typed.hasPrefix(".")) }
        var found: [String] = []
        var folders: [String] = []
        for name in fitting {
            var isFolder = false
            guard FileManager.default.fileExists(atPath: place + name, isDirectory: &isFolder) else { continue }
            if isFolder {
                folders.append(folder + name + "/")
            } else if extensions.contains(where: { name.hasSuffix("." + $0) }) {
                found.append(folder + name)
            }
        }
        if found.isEmpty, folders.count == 1, folders[0] != prefix {
            let inside = files(beginningWith: folders[0], extensions: extensions)
            return inside.isEmpty ? folders : inside
        }
        return folders + found
    }

    private static var home: String { ProcessInfo.processInfo.environment["HOME"] ?? "~" }
}
