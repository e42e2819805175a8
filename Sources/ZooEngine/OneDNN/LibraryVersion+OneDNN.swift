internal import COneDNN
public import ZooCore

extension LibraryVersion {
    /// oneDNN, which runs networks.
    public static var oneDNN: LibraryVersion {
        guard let version = unsafe dnnl_version()?.pointee else {
            return LibraryVersion("oneDNN", version: "unknown", fileName: "libdnnl.so")
        }
        return unsafe LibraryVersion(
            "oneDNN", version: "\(version.major).\(version.minor).\(version.patch)", fileName: "libdnnl.so")
    }
}

/// Instructions of a processor that networks run faster with.
public enum ProcessorInstructions: String, Sendable, Hashable, CaseIterable {
    /// 256 bits at a time; without it zoo runs no networks.
    case avx2 = "AVX2"
    /// Sums of products of 8-bit numbers, 256 bits at a time.
    case avx2VNNI = "AVX-VNNI"
    /// 512 bits at a time (F, BW, DQ and VL).
    case avx512 = "AVX-512"
    /// Sums of products of 8-bit numbers.
    case vnni = "AVX-512 VNNI"
    /// Sums of products of bfloat16 numbers.
    case bfloat16 = "AVX-512 BF16"
    /// Products of tiles of matrices.
    case amx = "AMX"

    /// Those that oneDNN uses: what the processor has, less what `ONEDNN_MAX_CPU_ISA` forbids.
    public static var used: [ProcessorInstructions] {
        let features = dnnl_get_effective_cpu_isa().rawValue
        return allCases.filter { features & $0.isa.rawValue == $0.isa.rawValue }
    }

    private var isa: dnnl_cpu_isa_t {
        switch self {
        case .avx2: dnnl_cpu_isa_avx2
        case .avx2VNNI: dnnl_cpu_isa_avx2_vnni
        case .avx512: dnnl_cpu_isa_avx512_core
        case .vnni: dnnl_cpu_isa_avx512_core_vnni
        case .bfloat16: dnnl_cpu_isa_avx512_core_bf16
        case .amx: dnnl_cpu_isa_avx512_core_amx
        }
    }
}
