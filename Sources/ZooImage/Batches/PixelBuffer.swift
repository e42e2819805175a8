internal import Glibc

/// Floats that several threads fill, each a part of its own.
@safe final class PixelBuffer: @unchecked Sendable {
    // @unchecked: BatchRing gives each element to one thread at a time, and its monitor orders their accesses.

    /// The number of floats.
    let count: Int
    private let base: UnsafeMutablePointer<Float>

    /// `count` zeros; pages that are never written take no memory.
    init(count: Int) {
        self.count = count
        guard let memory = unsafe calloc(max(count, 1), MemoryLayout<Float>.stride) else {
            fatalError("no memory for a batch of images")
        }
        unsafe base = memory.bindMemory(to: Float.self, capacity: max(count, 1))
    }

    deinit {
        unsafe free(base)
    }

    /// Calls `body` with `count` elements from `offset` on, which only the caller uses meanwhile.
    func withElements(at offset: Int, count: Int, _ body: (inout MutableSpan<Float>) -> Void) {
        precondition(offset >= 0 && count >= 0 && offset + count <= self.count)
        let part = unsafe UnsafeMutableBufferPointer(start: base + offset, count: count)
        var span = unsafe MutableSpan(_unsafeElements: part)
        body(&span)
    }

    /// Moves `count` elements; the ranges may overlap.
    func move(from source: Int, to target: Int, count: Int) {
        precondition(source >= 0 && target >= 0 && max(source, target) + count <= self.count)
        if source != target { unsafe (base + target).update(from: base + source, count: count) }
    }

    /// The first `count` elements.
    @_lifetime(borrow self)
    func span(count: Int) -> Span<Float> {
        precondition(count <= self.count)
        let span = unsafe Span(_unsafeStart: UnsafePointer(base), count: count)
        return unsafe _overrideLifetime(span, borrowing: self)
    }
}
