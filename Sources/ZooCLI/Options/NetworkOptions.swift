public import ArgumentParser
public import ZooEngine
import ZooTraining

/// How a network is run; the same for all commands that run one.
struct NetworkOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The network of a checkpoint that does not say which it is.", valueName: "name"),
        completion: Completions.architectures)
    var arch: String?

    @Option(
        help: ArgumentHelp(
            "Threads to use; ZOO_THREADS or all cores by default.", valueName: "n"))
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "The numbers to compute with; bf16 where the processor has instructions for it (zoo doctor). fp32 by default; for "
                + "a quantized checkpoint, 8-bit integers.", valueName: "type"))
    var precision: Precision?

    /// What is computed with where no integers are.
    var numbers: Precision { precision ?? .float32 }

    @Flag(help: "Direct convolutions only: a little more exact and much slower than Winograd's.")
    var exact = false

    func validate() throws {
        if let threads, threads < 1 { throw ValidationError("--threads must be at least 1") }
    }

    /// How the network is run; a word of warning where that will be slow.
    ///
    /// - Throws: ``UsageError`` if `ZOO_THREADS` is no number; ``ZooEngine/EngineError`` for a processor that cannot.
    func runnerOptions(
        batchSize: Int? = nil, session: Session, console: Console
    ) throws -> NetworkRunner.Options {
        if try numbers.support() == .emulated {
            console.warning("this processor has no bfloat16 instructions; --precision fp32 is faster here")
        }
        var options = NetworkRunner.Options(
            threadCount: try session.threadCount(option: threads), batchSize: batchSize, precision: numbers,
            exact: exact)
        if precision != nil { options.integers = .never }
        return options
    }

    /// Says which layers of a network that was run have only slow kernels.
    static func warn(aboutSlowLayers names: [String], _ console: Console) {
        guard let first = names.first else { return }
        let others = names.count > 1 ? " and \(Formatting.count(names.count - 1, "other layer"))" : ""
        console.warning("oneDNN has no fast kernel for \(first)\(others) here; --precision fp32 may be faster")
    }
}

extension Precision: ExpressibleByArgument {}

/// How many images go through a network at a time.
struct BatchOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Images that go through the network at a time; chosen by their size by default.", valueName: "n"))
    var batchSize: Int?

    func validate() throws {
        if let batchSize, batchSize < 1 { throw ValidationError("--batch-size must be at least 1") }
    }
}
