import FoundationEssentials
import ZooEngine

/// Whether the processor can run networks, and how well.
struct ProcessorCheck {
    /// `/proc/cpuinfo`.
    let cpuinfo: String
    /// What oneDNN uses of it.
    let used: [ProcessorInstructions]
    let environment: [String: String]

    var findings: [DoctorFinding] {
        var found = DoctorFindings(area: "processor")
        found.ok("model", value("model name") ?? "unknown")
        let limit = ["ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"].first { !(environment[$0] ?? "").isEmpty }
        // oneDNN passes over 256 bits where it has 512.
        let forbidden = limit == nil ? [] : present.filter { !used.contains($0) && $0 != .avx2VNNI }
        if !used.contains(.avx2) {
            found.problem(
                "instructions", "no AVX2\(limit.map { ", which \($0) forbids" } ?? ""): networks cannot be run",
                fix: limit.map { "unset \($0)" })
        } else if let limit, !forbidden.isEmpty {
            found.warning(
                "instructions",
                "\(Self.list(used)); \(limit)=\(environment[limit] ?? "") forbids \(Self.list(forbidden))",
                fix: "unset \(limit)")
        } else {
            found.ok("instructions", Self.list(used) + " used")
        }
        if used.contains(.bfloat16) {
            found.ok("bfloat16", "the processor has instructions for it: --precision bf16 is fast")
        } else {
            found.ok("bfloat16", "the processor has no instructions for it: --precision fp32 is faster")
        }
        if used.contains(.vnni) || used.contains(.avx2VNNI) {
            found.ok("int8", "the processor has instructions for 8-bit integers: quantized networks run with them")
        } else {
            found.ok("int8", "the processor has no instructions for 8-bit integers: quantized networks run in float32")
        }
        return found.list
    }

    /// What the kernel says that the processor has.
    private var present: [ProcessorInstructions] {
        let flags = Set((value("flags") ?? "").split(separator: " ").map(String.init))
        return ProcessorInstructions.allCases.filter { flags.isSuperset(of: Self.flags($0)) }
    }

    private static func flags(_ instructions: ProcessorInstructions) -> [String] {
        switch instructions {
        case .avx2: ["avx2"]
        case .avx2VNNI: ["avx_vnni"]
        case .avx512: ["avx512f", "avx512bw", "avx512dq", "avx512vl"]
        case .vnni: ["avx512_vnni"]
        case .bfloat16: ["avx512_bf16"]
        case .amx: ["amx_tile", "amx_bf16"]
        }
    }

    private static func list(_ instructions: [ProcessorInstructions]) -> String {
        instructions.map(\.rawValue).joined(separator: ", ")
    }

    private func value(_ name: String) -> String? {
        for line in cpuinfo.split(separator: "\n") where line.hasPrefix(name) {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].filter({ !$0.isWhitespace }) == name.filter({ $0 != " " }) else {
                continue
            }
            return String(parts[1].drop { $0 == " " })
        }
        return nil
    }
}
