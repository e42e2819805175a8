internal import FoundationEssentials
internal import Glibc

/// What limits how many processors this process may use.
public struct ProcessorLimits: Sendable, Hashable {
    /// The processors of the machine that are on.
    public var machine: Int
    /// Those of the process's affinity mask (`taskset`).
    public var affinity: Int
    /// Those whose time its control groups leave it, as containers have them; `nil` without a limit.
    public var quota: Int?

    /// Creates limits.
    public init(machine: Int, affinity: Int, quota: Int?) {
        self.machine = machine
        self.affinity = affinity
        self.quota = quota
    }

    /// The limits of this process.
    ///
    /// - Parameter root: A folder that stands for `/`.
    public init(root: String = "") {
        machine = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        affinity = max(1, ProcessInfo.processInfo.activeProcessorCount)
        quota = ProcessorQuota(root: root).processorCount
    }

    /// How many processors are left; at least one.
    public var processorCount: Int { max(1, min(machine, affinity, quota ?? .max)) }
}
