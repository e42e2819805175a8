import ZooCore

extension ZipEntry {
    /// Where the contents lie in the archive, compressed if the entry is; the local header is checked against the
    /// directory on the way.
    ///
    /// - Parameter bytes: the archive from which the directory was read.
    /// - Throws: ``ArchiveError`` for a local header that is not there, or that has another name, method or size, and
    ///   for contents that reach into the next entry.
    public func contentsRange(in bytes: RawSpan) throws(ArchiveError) -> Range<Int> {
        guard limit <= bytes.byteCount else {
            throw ArchiveError(.malformed, "the directory is that of a longer archive", entry: name)
        }
        var reader = ByteReader(bytes.extracting(headerOffset..<limit))
        do {
            try checkLocalHeader(&reader)
        } catch let error as ArchiveError {
            throw error
        } catch {
            throw ArchiveError(.malformed, "the local header is cut off", entry: name, offset: headerOffset)
        }
        let start = headerOffset + reader.offset
        guard let range = Checked.range(offset: start, count: compressedByteCount, within: limit) else {
            throw ArchiveError(
                .overlap, "\(compressedByteCount) bytes from \(start) reach into what begins at \(limit)", entry: name)
        }
        return range
    }

    /// A copy of the contents, decompressed if need be, their CRC-32 checked.
    ///
    /// - Parameters:
    ///   - bytes: the archive from which the directory was read.
    ///   - largest: how many bytes the caller is willing to take.
    /// - Throws: ``ArchiveError``; `tooLarge` if the entry is larger than `largest`.
    /// - Complexity: O(``byteCount``).
    public func contents(in bytes: RawSpan, largest: Int) throws(ArchiveError) -> [UInt8] {
        guard byteCount <= largest else {
            throw ArchiveError(.tooLarge, "\(byteCount) bytes, at most \(largest) are allowed here", entry: name)
        }
        let data = bytes.extracting(try readableRange(in: bytes))
        if method == .deflated, let whole = Inflater.whole(data, byteCount: byteCount) {
            try compare(CRC32(of: whole.rawSpan))
            return whole
        }
        var result: [UInt8] = []
        result.reserveCapacity(byteCount)
        var checksum = CRC32()
        try forEachPiece(in: data) { piece in
            checksum.update(piece)
            result += [UInt8](copying: piece)
        }
        try compare(checksum)
        return result
    }

    /// A copy of the first bytes of the contents, at most `count` and at most 256 KiB, for whoever wants to know what
    /// the entry is. Their CRC-32 is not checked.
    ///
    /// - Throws: ``ArchiveError`` for an entry that cannot be read.
    /// - Complexity: O(`count`).
    public func front(in bytes: RawSpan, count: Int) throws(ArchiveError) -> [UInt8] {
        let data = bytes.extracting(try readableRange(in: bytes))
        guard method == .deflated else { return [UInt8](copying: data.extracting(0..<min(count, data.byteCount))) }
        do { return try Inflater.front(data, count: min(count, max(byteCount, 1))) } catch {
            throw ArchiveError(.badCompression, "the compressed data is damaged", entry: name)
        }
    }

    /// Checks the contents against the CRC-32 of the directory, without keeping them.
    ///
    /// - Throws: ``ArchiveError``; `checksum` if they differ. A checksum of 0 means that none was computed, and only
    ///   the size is checked.
    /// - Complexity: O(``byteCount``); memory has a constant bound.
    public func verify(in bytes: RawSpan) throws(ArchiveError) {
        let data = bytes.extracting(try readableRange(in: bytes))
        if method == .stored && checksum == 0 { return }
        if method == .deflated, byteCount <= Inflater.largestWhole,
            let whole = Inflater.whole(data, byteCount: byteCount)
        {
            return try compare(CRC32(of: whole.rawSpan))
        }
        var checksum = CRC32()
        try forEachPiece(in: data) { checksum.update($0) }
        try compare(checksum)
    }

    /// Where the contents lie in the archive as they are; `nil` if they are compressed.
    ///
    /// The caller hashes them and hands the result to ``compare(_:)``, before it trusts anything that came of them.
    ///
    /// - Parameter bytes: the archive from which the directory was read.
    /// - Throws: ``ArchiveError`` for an entry that cannot be read.
    public func plainRange(in bytes: RawSpan) throws(ArchiveError) -> Range<Int>? {
        let range = try readableRange(in: bytes)
        return method == .stored ? range : nil
    }

    /// The range of the contents, once it is clear that they can be read.
    private func readableRange(in bytes: RawSpan) throws(ArchiveError) -> Range<Int> {
        guard !isEncrypted else { throw ArchiveError(.unsupported, "the entry is encrypted", entry: name) }
        if case .other(let number) = method {
            throw ArchiveError(.unsupported, "compression method \(number); zoo reads stored and deflate", entry: name)
        }
        let range = try contentsRange(in: bytes)
        if method == .deflated, byteCount / Inflater.largestRatio > compressedByteCount {
            throw ArchiveError(
                .badCompression, "\(compressedByteCount) bytes cannot expand to \(byteCount)", entry: name)
        }
        return range
    }

    private func forEachPiece(in data: RawSpan, _ body: (RawSpan) -> Void) throws(ArchiveError) {
        guard method == .deflated else { return body(data) }
        do {
            try Inflater.inflate(data, byteCount: byteCount, body)
        } catch {
            let message =
                switch error {
                case .damaged(let reason): "the compressed data is damaged: \(reason)"
                case .short(let count): "the compressed data gives \(count) of \(byteCount) bytes"
                case .long: "the compressed data gives more than \(byteCount) bytes"
                }
            throw ArchiveError(.badCompression, message, entry: name)
        }
    }

    /// Compares the checksum of the contents with that of the directory, where that has one.
    ///
    /// - Throws: ``ArchiveError`` (`checksum`) if they differ.
    public func compare(_ found: CRC32) throws(ArchiveError) {
        guard checksum == 0 || found.value == checksum else {
            throw ArchiveError(
                .checksum,
                "the CRC-32 is \(hexadecimal(found.value)), the directory says \(hexadecimal(checksum)): "
                    + "the file is damaged; fetch or copy it again", entry: name)
        }
    }

    /// Reads the local header (APPNOTE 4.3.7) up to the contents.
    private func checkLocalHeader(_ reader: inout ByteReader) throws {
        guard try reader.read(UInt32.self) == ZipFormat.localHeader else {
            throw ArchiveError(.malformed, "there is no local header here", entry: name, offset: headerOffset)
        }
        try reader.skip(2)
        let flags = try reader.read(UInt16.self)
        let localMethod = try reader.read(UInt16.self)
        try reader.skip(4 + 4)  // time, date, checksum
        let compressed = try reader.read(UInt32.self)
        let uncompressed = try reader.read(UInt32.self)
        let nameLength = Int(try reader.read(UInt16.self))
        let extraLength = Int(try reader.read(UInt16.self))
        let localName = try reader.readArray(nameLength)
        var wide = try Zip64Extra(try reader.readBytes(extraLength))
        guard localName == nameBytes else {
            let text = String(decoding: localName, as: UTF8.self)
            throw ArchiveError(.malformed, "its local header is called '\(text)'", entry: name, offset: headerOffset)
        }
        guard localMethod == methodNumber else {
            throw ArchiveError(
                .malformed, "method \(localMethod) in the local header, \(methodNumber) in the directory", entry: name)
        }
        // A writer that streams leaves the sizes to the descriptor behind the data.
        if (flags | generalFlags) & 0x0008 != 0 { return }
        let sizes = (try wide.widen(uncompressed, entry: name), try wide.widen(compressed, entry: name))
        guard sizes == (byteCount, compressedByteCount) else {
            throw ArchiveError(
                .malformed,
                "\(sizes.1) bytes by its local header, \(compressedByteCount) by the directory", entry: name)
        }
    }

    private var methodNumber: UInt16 {
        switch method {
        case .stored: 0
        case .deflated: 8
        case .other(let number): number
        }
    }

    private func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
