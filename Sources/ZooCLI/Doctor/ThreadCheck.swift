import ZooCore

/// How many threads zoo will use, and what in the environment spoils them.
struct ThreadCheck {
    let limits: ProcessorLimits
    let environment: [String: String]

    var findings: [DoctorFinding] {
        var found = DoctorFindings(area: "threads")
        found.ok("processors", processors)
        addThreadCount(to: &found)
        addOpenMP(to: &found)
        if let core = value("OPENBLAS_CORETYPE") {
            found.warning(
                "OPENBLAS_CORETYPE", "it makes OpenBLAS use the kernels for \(core), whatever the processor is",
                fix: "unset OPENBLAS_CORETYPE")
        }
        return found.list
    }

    private var processors: String {
        var parts = ["\(Formatting.count(limits.processorCount, "processor")) of \(limits.machine) may be used"]
        if limits.affinity < limits.machine { parts.append("the affinity mask (taskset) has \(limits.affinity)") }
        if let quota = limits.quota, quota < limits.machine {
            parts.append("the control group (container) allows \(quota)")
        }
        return parts.joined(separator: "; ")
    }

    private func addThreadCount(to found: inout DoctorFindings) {
        guard let text = value("ZOO_THREADS") else {
            return found.ok("ZOO_THREADS", "not set: \(Formatting.count(limits.processorCount, "thread"))")
        }
        guard let count = Int(text), count > 0 else {
            return found.problem(
                "ZOO_THREADS", "it is '\(text)', not a positive number; commands that run networks refuse it",
                fix: "unset ZOO_THREADS")
        }
        guard count <= limits.processorCount else {
            return found.warning(
                "ZOO_THREADS",
                "it asks for \(count) threads, more than processors may be used: they wait for each other",
                fix: "export ZOO_THREADS=\(limits.processorCount)")
        }
        found.ok("ZOO_THREADS", Formatting.count(count, "thread"))
    }

    private func addOpenMP(to found: inout DoctorFindings) {
        if let limit = value("OMP_THREAD_LIMIT"), let count = Int(limit), count < limits.processorCount {
            found.warning(
                "OMP_THREAD_LIMIT", "it keeps networks to \(Formatting.count(count, "thread"))",
                fix: "unset OMP_THREAD_LIMIT")
        }
        for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"] where value(name) != nil {
            found.ok(name, "set; zoo does not heed it, but ZOO_THREADS and --threads")
        }
        if value("OMP_WAIT_POLICY")?.lowercased() == "active" {
            found.warning(
                "OMP_WAIT_POLICY", "threads that wait spin; beside other work this costs half of the speed",
                fix: "unset OMP_WAIT_POLICY")
        }
        for name in ["OMP_PROC_BIND", "GOMP_CPU_AFFINITY", "OMP_PLACES"] {
            guard let value = value(name), value.lowercased() != "false" else { continue }
            found.warning(
                name, "it binds threads to processors; two programs that do so stand in each other's way",
                fix: "unset \(name)")
        }
    }

    private func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
}
