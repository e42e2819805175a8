import Glibc

/// Keeps a broken connection from ending the process.
///
/// OpenSSL may write to a connection that the other side has closed, for which the system sends SIGPIPE; libcurl's own
/// guard changes the handling for the whole process, so it is switched off (`CURLOPT_NOSIGNAL`). Here the signal is held
/// back on the one thread that transfers, and one that came is taken away before the old mask returns.
enum BrokenPipeShield {
    static func during<Result>(_ work: () -> Result) -> Result {
        var pipe = sigset_t()
        var before = sigset_t()
        var pending = sigset_t()
        unsafe sigemptyset(&pipe)
        unsafe sigaddset(&pipe, SIGPIPE)
        unsafe sigpending(&pending)
        let wasPending = unsafe sigismember(&pending, SIGPIPE) == 1
        guard unsafe pthread_sigmask(SIG_BLOCK, &pipe, &before) == 0 else { return work() }
        let result = work()
        if !wasPending {
            var atOnce = timespec()
            while unsafe sigtimedwait(&pipe, nil, &atOnce) == SIGPIPE {}
        }
        unsafe _ = pthread_sigmask(SIG_SETMASK, &before, nil)
        return result
    }
}
