import Glibc

/// A command that runs a network.
protocol NetworkCommand {}

/// How OpenMP's threads wait for each other.
///
/// Left alone, they spin. On a machine that has other work too, spinning threads hold the processors that the one they
/// wait for needs: the same job took twice as long with a compiler beside it. Threads that sleep cost nothing
/// measurable on an idle machine (docs/engine.md). libgomp reads the setting when it is loaded, which is before `main`,
/// so the program starts itself anew with it: about 5 ms.
enum OpenMPWaiting {
    /// Starts the program anew with sleeping threads, unless the environment says already how to wait.
    ///
    /// Returns if that is so, or if the system refuses; the work is then done with what there is.
    static func restartIfUnset() {
        guard unsafe getenv("OMP_WAIT_POLICY") == nil, unsafe getenv("GOMP_SPINCOUNT") == nil,
            unsafe setenv("OMP_WAIT_POLICY", "passive", 1) == 0
        else { return }
        // The arguments as they came: `CommandLine.arguments` repairs bytes that are not UTF-8.
        unsafe _ = execv("/proc/self/exe", CommandLine.unsafeArgv)
    }
}
