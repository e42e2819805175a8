import Glibc
import Synchronization
import ZooCore

/// Whether the user or the system asked the program to stop.
///
/// The first SIGINT or SIGTERM only raises a flag, which long work looks at between its steps so that it can leave
/// everything in order; a second SIGINT ends the process at once.
enum Interruption {
    private static let wasRequested = Atomic<Bool>(false)

    /// Whether a signal has come.
    static var isRequested: Bool { wasRequested.load(ordering: .relaxed) }

    /// Starts to listen.
    static func install() {
        for number in [SIGINT, SIGTERM] {
            _ = signal(number) { number in
                Interruption.wasRequested.store(true, ordering: .relaxed)
                _ = signal(number, SIG_DFL)
            }
        }
    }

    /// Throws if a signal has come.
    static func check() throws(InterruptionError) {
        if isRequested { throw InterruptionError() }
    }
}

/// The user or the system asked the program to stop.
struct InterruptionError: ZooError {
    var kind: FailureKind { .interrupted }
    var description: String { "interrupted" }
}
