import FoundationEssentials
import SystemPackage
import ZooCore
import ZooRegistry

/// Whether the known models can be read: zoo's and the user's.
struct RegistryCheck {
    let environment: [String: String]

    var findings: [DoctorFinding] {
        var found = DoctorFindings(area: "registry")
        let embedded: Registry
        do throws(RegistryError) {
            embedded = try Registry.embedded()
            found.ok("built in", "\(Formatting.count(embedded.entries.count, "weights", "weights")) of models")
        } catch {
            found.problem("built in", "\(error)", fix: "make install")
            return found.list
        }
        addUsers(to: &found, after: embedded)
        if Session.installedFiles == nil {
            found.warning(
                "files",
                "share/zoo is not beside the program; resnet14-shapes, which comes with zoo, cannot be fetched",
                fix: "sudo make install")
        }
        return found.list
    }

    private func addUsers(to found: inout DoctorFindings, after embedded: Registry) {
        guard let folder = UserRegistries.folder(environment: environment) else {
            return found.ok("of your own", "none: neither HOME nor XDG_CONFIG_HOME is set")
        }
        let names: [String]
        do { names = try UserRegistries.names(in: folder) } catch {
            return found.problem("of your own", "\(error)", fix: "chmod u+rx \(folder.string.shellWord)")
        }
        guard !names.isEmpty else { return found.ok("of your own", "none in \(folder)") }
        var known = embedded
        for name in names {
            let path = folder.appending(name)
            do {
                let next = try UserRegistries.adding(path, to: known)
                found.ok(
                    name,
                    Formatting.count(next.entries.count - known.entries.count, "weights", "weights") + " of models")
                known = next
            } catch {
                found.problem(
                    name, "\(error); no command that needs the registry works until it is mended or put aside",
                    fix: "mv \(path.string.shellWord) \((path.string + ".off").shellWord)")
            }
        }
    }
}
