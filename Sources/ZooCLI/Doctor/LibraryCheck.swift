/// Whether the libraries under zoo are there, and are the system's.
struct LibraryCheck {
    let facts: BuildFacts
    let environment: [String: String]

    var findings: [DoctorFinding] {
        var found = DoctorFindings(area: "libraries")
        let switches = ["LD_PRELOAD", "LD_LIBRARY_PATH"].filter { !(environment[$0] ?? "").isEmpty }
        for library in facts.libraries {
            let place = library.path.map { " (\($0))" } ?? ""
            if let path = library.path, let variable = switches.first, !Self.isOfSystem(path) {
                found.warning(
                    library.name, "\(library.version)\(place), because \(variable) is set", fix: "unset \(variable)")
            } else {
                found.ok(library.name, library.version + place)
            }
        }
        if !facts.libraries.contains(where: { $0.name == "OpenBLAS" }) {
            found.warning(
                "OpenBLAS", "libopenblas.so.0 is not here; heads are trained slowly",
                fix: "sudo apt-get install libopenblas0")
        }
        return found.list
    }

    private static func isOfSystem(_ path: String) -> Bool {
        ["/lib/", "/lib64/", "/usr/lib/"].contains { path.hasPrefix($0) }
    }
}
