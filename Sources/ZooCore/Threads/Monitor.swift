internal import Glibc

/// A value that threads change one at a time, and whose changes threads can wait for.
@safe public final class Monitor<Value>: @unchecked Sendable {
    // @unchecked: the value is only touched while the mutex is held.
    private var value: Value
    // Both must stay at their address, so they are allocated.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    /// A monitor of `value`.
    public init(_ value: sending Value) {
        self.value = value
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        // With default attributes, neither call fails on Linux.
        let status = unsafe (pthread_mutex_init(mutex, nil), pthread_cond_init(condition, nil))
        precondition(status == (0, 0), "a mutex cannot be made")
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Changes the value; all waiting threads look again if `body` returns `true`.
    public func change(_ body: (inout Value) -> Bool) {
        lock()
        defer { unlock() }
        if body(&value) {
            let status = unsafe pthread_cond_broadcast(condition)
            precondition(status == 0, "pthread_cond_broadcast failed")
        }
    }

    /// Calls `body` until it returns a result, each time after the value was changed.
    public func wait<Result>(_ body: (inout Value) -> Result?) -> Result {
        lock()
        defer { unlock() }
        while true {
            if let result = body(&value) { return result }
            let status = unsafe pthread_cond_wait(condition, mutex)
            precondition(status == 0, "pthread_cond_wait failed")
        }
    }

    private func lock() {
        let status = unsafe pthread_mutex_lock(mutex)
        precondition(status == 0, "pthread_mutex_lock failed")
    }

    private func unlock() {
        let status = unsafe pthread_mutex_unlock(mutex)
        precondition(status == 0, "pthread_mutex_unlock failed")
    }
}
