internal import CZlib
import ZooCore

/// Undoes raw DEFLATE (RFC 1951) by zlib, piece by piece, never giving more bytes than were promised.
@safe struct Inflater: ~Copyable {
    /// What was wrong with compressed data.
    enum Fault: Error {
        /// The data is not DEFLATE; zlib's reason.
        case damaged(String)
        /// The data ended before the promised number of bytes, which is given.
        case short(Int)
        /// There is more than the promised number of bytes.
        case long
    }

    /// DEFLATE cannot make data smaller than this fraction of its size.
    static let largestRatio = 1032

    // zlib keeps a pointer back to the stream, so the stream must not move: it lives on the heap.
    private let stream: UnsafeMutablePointer<z_stream>
    private static let pieceByteCount = 1 << 18

    private init() throws(Fault) {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            unsafe stream.deallocate()
            throw .damaged("zlib cannot start (status \(status))")
        }
        unsafe self.stream = stream
    }

    deinit {
        unsafe _ = inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Inflates all of `input`, which must give exactly `byteCount` bytes, and hands them out in order.
    ///
    /// - Complexity: O(`byteCount`); memory is constant.
    static func inflate(
        _ input: RawSpan, byteCount: Int, _ body: (RawSpan) -> Void
    ) throws(Fault) {
        let inflater = try Inflater()
        var piece = [UInt8](repeating: 0, count: pieceByteCount)
        var consumed = 0
        var produced = 0
        while true {
            let step = try inflater.step(input, from: consumed, into: &piece)
            consumed += step.consumed
            produced += step.produced
            guard produced <= byteCount else { throw .long }
            body(piece.rawSpan.extracting(0..<step.produced))
            if step.isAtEnd { break }
            if step.consumed == 0 && step.produced == 0 { throw .short(produced) }
        }
        guard produced == byteCount else { throw .short(produced) }
    }

    /// What comes out of `input` until it ends, is damaged, or has given `largest` bytes.
    static func front(of input: RawSpan, largest: Int) -> [UInt8] {
        guard let inflater = try? Inflater() else { return [] }
        var piece = [UInt8](repeating: 0, count: min(pieceByteCount, max(largest, 1)))
        var result: [UInt8] = []
        var consumed = 0
        while result.count < largest, let step = try? inflater.step(input, from: consumed, into: &piece) {
            consumed += step.consumed
            result += piece[0..<min(step.produced, largest - result.count)]
            if step.isAtEnd || (step.consumed == 0 && step.produced == 0) { break }
        }
        return result
    }

    private func step(
        _ input: RawSpan, from start: Int, into piece: inout [UInt8]
    ) throws(Fault) -> (consumed: Int, produced: Int, isAtEnd: Bool) {
        let available = min(input.byteCount - start, Int(Int32.max))
        let status = unsafe input.withUnsafeBytes { source in
            unsafe piece.withUnsafeMutableBufferPointer { target in
                // zlib never writes through next_in.
                let bytes = unsafe source.baseAddress.map {
                    unsafe UnsafeMutablePointer(mutating: ($0 + start).assumingMemoryBound(to: UInt8.self))
                }
                unsafe stream.pointee.next_in = bytes
                unsafe stream.pointee.avail_in = UInt32(available)
                unsafe stream.pointee.next_out = target.baseAddress
                unsafe stream.pointee.avail_out = UInt32(target.count)
                return unsafe CZlib.inflate(stream, Z_NO_FLUSH)
            }
        }
        let consumed = available - Int(unsafe stream.pointee.avail_in)
        let produced = piece.count - Int(unsafe stream.pointee.avail_out)
        // Z_BUF_ERROR only says that nothing could be done; the caller sees that from the counts.
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
            throw .damaged(unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "zlib status \(status)")
        }
        return (consumed, produced, status == Z_STREAM_END)
    }
}

extension Inflater {
    /// The first bytes that `input` gives, at least one piece of them if there is as much; damage further on stays
    /// unseen.
    ///
    /// - Complexity: O(length of a piece).
    static func front(_ input: RawSpan, count: Int) throws(Fault) -> [UInt8] {
        let inflater = try Inflater()
        var piece = [UInt8](repeating: 0, count: min(count, pieceByteCount))
        let step = try inflater.step(input, from: 0, into: &piece)
        return Array(piece.prefix(step.produced))
    }
}
