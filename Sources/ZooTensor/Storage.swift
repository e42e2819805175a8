public import ZooCore

/// A run of bytes that tensors are views of: owned memory, or part of a mapped file.
///
/// A storage never changes once it is made, so any number of tensors and threads may share it. Bytes are in the
/// machine's order (little-endian on every machine zoo runs on).
@safe public final class Storage: @unchecked Sendable {
    // @unchecked: the bytes are read-only after init.
    private let base: UnsafeRawPointer?
    /// The length of the storage, in bytes.
    public let byteCount: Int
    private let mapping: MappedFile?

    /// A storage of `byteCount` bytes of new memory, aligned to 64 bytes, which `initialize` fills.
    ///
    /// The bytes are zero when `initialize` gets them.
    public init<Failure>(
        byteCount: Int, initialize: (inout MutableRawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(byteCount, 1), alignment: 64)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
        do {
            let used = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[..<byteCount])
            var span = unsafe MutableRawSpan(_unsafeBytes: used)
            try initialize(&span)
        } catch {
            unsafe memory.deallocate()
            throw error
        }
        unsafe self.base = UnsafeRawPointer(memory.baseAddress)
        self.byteCount = byteCount
        self.mapping = nil
    }

    /// A storage with a copy of `bytes`.
    ///
    /// - Complexity: O(length of `bytes`).
    public convenience init(copying bytes: RawSpan) {
        self.init(byteCount: bytes.byteCount) { target in
            unsafe target.withUnsafeMutableBytes { to in
                unsafe bytes.withUnsafeBytes { unsafe to.copyMemory(from: $0) }
            }
        }
    }

    /// A storage that borrows `range` of a mapped file, which it keeps alive. Nothing is read.
    ///
    /// - Precondition: `range` lies within the file; callers check bytes from outside with ``ZooCore/Checked``.
    public init(mapping file: MappedFile, range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= file.byteCount, "range outside the file")
        // The pointer outlives the closure because the mapping lives as long as the file, which this object keeps.
        unsafe self.base = file.bytes.withUnsafeBytes { unsafe $0.baseAddress.map { unsafe $0 + range.lowerBound } }
        self.byteCount = range.count
        self.mapping = file
    }

    deinit {
        if mapping == nil, let base = unsafe base { unsafe base.deallocate() }
    }

    /// Whether the bytes lie in a mapped file rather than in memory of their own.
    public var isMapped: Bool { mapping != nil }

    /// The bytes, borrowed.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let buffer = unsafe UnsafeRawBufferPointer(start: base, count: byteCount)
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: buffer), borrowing: self)
        }
    }
}
