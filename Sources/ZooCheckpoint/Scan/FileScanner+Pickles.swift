import SystemPackage
import ZooCore
import ZooPickle

extension FileScanner {
    /// How sure it has to be that bytes are a pickle.
    enum Expectation {
        /// They should be one: if they are not, that is a gap.
        case expected
        /// They may be one, or numbers that look like the beginning of one.
        case likely
        /// They are something else; only what does something bad counts.
        case certainOnly
    }

    /// Scans the pickle at the front of `bytes` and those that follow it.
    mutating func lookForPickles(_ bytes: RawSpan, _ place: [String], _ expectation: Expectation) {
        let isLegacy = Self.isLegacyStream(bytes)
        if isLegacy, place.isEmpty { result.format = "torch-legacy" }
        var position = 0
        var found = 0
        while position < bytes.byteCount {
            guard let scan = pickle(in: bytes, at: position, isFirst: position == 0 || isLegacy, expectation) else {
                break
            }
            keep(scan, bytes, place)
            found += 1
            position += scan.byteCount
            // What follows the five pickles of a legacy stream is numbers, and never unpickled.
            if !scan.isComplete || (isLegacy && found == 5) { break }
        }
        if isLegacy, found < 5 || result.pickles.last?.scan.isComplete == false {
            return gap(place, "the file ends before its fifth pickle")
        }
        if isLegacy { return }
        if found > 0, place.isEmpty, expectation == .expected { result.format = "pickle" }
        if found == 0, expectation == .expected { gap(place, "neither a pickle nor a file that holds pickles") }
        if expectation == .expected { search(bytes, from: max(position, 1), place) }
    }

    /// The pickle at `position`, if there is one.
    private func pickle(
        in bytes: RawSpan, at position: Int, isFirst: Bool, _ expectation: Expectation
    ) -> PickleScan? {
        let isMarked = Self.isMarked(bytes, at: position)
        var limits = PickleScanner.Limits()
        if !isMarked { limits.byteCountAfterFault = 1 << 16 }
        let scan = PickleScanner.scan(bytes, from: position, limits: limits)
        let isWhole = scan.isComplete && scan.fault == nil
        switch expectation {
        case .expected where isFirst && (isMarked || scan.importsWhatIsDangerous): return scan
        case .expected, .likely:
            // Protocols 0 and 1 have no mark; only a whole pickle is told from other bytes.
            let isPickle = isWhole && (isFirst || isMarked || !scan.findings.isEmpty)
            return isPickle || scan.importsWhatIsDangerous || (isMarked && scan.importsAnything) ? scan : nil
        case .certainOnly:
            return isWhole && scan.importsAnything || scan.importsByName || scan.importsWhatIsDangerous ? scan : nil
        }
    }

    private mutating func keep(_ scan: PickleScan, _ bytes: RawSpan, _ place: [String]) {
        guard result.pickles.count < Budget.pickleCount else { return gap(place, "too many pickles to look at") }
        result.pickles.append(FileScan.Pickle(place: place, scan: scan))
        if let fault = scan.fault { gap(place, "the pickle breaks off: \(fault)") }
        if let trace {
            trace("\(([result.path.string] + place).joined(separator: ":")), pickle at byte \(scan.offset):")
            PickleTrace.lines(bytes, from: scan.offset, trace)
        }
    }

    /// Looks for pickles of protocol 2 and later between other bytes, as `torch.save` of PyTorch 0.1 and programs that
    /// write arrays beside pickles leave them.
    mutating func search(_ bytes: RawSpan, from start: Int, _ place: [String]) {
        var position = start
        // Bytes that all look like beginnings would be followed again and again.
        var followable = (1 << 20) + 4 * bytes.byteCount
        while position < bytes.byteCount - 2 {
            if !Self.isMarked(bytes, at: position) {
                position += 1
                continue
            }
            var limits = PickleScanner.Limits()
            limits.byteCountAfterFault = 0
            let scan = PickleScanner.scan(bytes, from: position, limits: limits)
            followable -= scan.byteCount
            guard followable > 0 else {
                return gap(place, "too much in it looks like pickles to follow all of it")
            }
            let isWhole = scan.isComplete && scan.fault == nil && scan.importsAnything
            if isWhole || scan.importsWhatIsDangerous {
                keep(scan, bytes, place)
                position += max(scan.byteCount, 1)
            } else {
                position += 1
            }
        }
    }

    /// Whether a PROTO instruction of a protocol that exists stands there.
    private static func isMarked(_ bytes: RawSpan, at position: Int) -> Bool {
        position + 1 < bytes.byteCount && bytes[byte: position] == 0x80 && bytes[byte: position + 1] <= 5
    }

    private static func isLegacyStream(_ bytes: RawSpan) -> Bool {
        var limits = PickleLimits.checkpoint
        limits.byteCount = 64
        guard let first = try? PickleMachine.read(bytes, limits: limits) else { return false }
        return LegacyMagic.matches(first)
    }

    /// Scans what follows the header of a NumPy array: numbers, or a pickle if its elements are objects.
    mutating func lookIntoArray(_ bytes: RawSpan, _ place: [String]) {
        var reader = ByteReader(bytes)
        do {
            try reader.skip(6)
            let version = try reader.readByte()
            try reader.skip(1)
            let length = version == 1 ? Int(try reader.read(UInt16.self)) : Int(try reader.read(UInt32.self))
            let header = String(decoding: try reader.readArray(length), as: UTF8.self)
            let contents = bytes.extracting(reader.offset..<bytes.byteCount)
            lookForPickles(contents, place + ["array"], Self.holdsNumbers(header) ? .certainOnly : .expected)
        } catch {
            gap(place, "the header of the NumPy array is cut off")
        }
    }

    /// Whether the `descr` of the header is a plain type such as `'<f4'`.
    private static func holdsNumbers(_ header: String) -> Bool {
        guard let key = header.range(ofText: "'descr'") else { return false }
        let value = header[key.upperBound...].drop { $0 == ":" || $0 == " " }
        guard value.first == "'" else { return false }
        let name = value.dropFirst().prefix { $0 != "'" }
        guard name.count >= 3, let order = name.first, "<>|=".contains(order) else { return false }
        return "biufcmMSUV".contains(name[name.index(after: name.startIndex)])
    }
}

extension PickleScan {
    /// Numbers can look like instructions; they do not look like the name of something to import.
    fileprivate var importsAnything: Bool { findings.contains { $0.kind == .import } }

    /// Whether it imports something with a name that a program could have.
    fileprivate var importsByName: Bool {
        findings.contains { finding in
            finding.kind == .import && finding.subject.count > 4
                && finding.subject.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                        || byte == 0x5f || byte == 0x2e
                }
        }
    }

    fileprivate var importsWhatIsDangerous: Bool {
        verdict == .dangerous && findings.contains { $0.kind == .import && $0.verdict == .dangerous }
    }
}

extension String {
    /// Where `text` first stands.
    fileprivate func range(ofText text: String) -> Range<String.Index>? {
        var place = startIndex
        while place < endIndex {
            if self[place...].hasPrefix(text) { return place..<index(place, offsetBy: text.count) }
            place = index(after: place)
        }
        return nil
    }
}
