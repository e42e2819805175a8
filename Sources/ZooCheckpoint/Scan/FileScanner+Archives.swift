import ZooArchive
import ZooCore
import ZooPickle

extension FileScanner {
    /// Looks at every member of a zip archive; at whatever could be taken for one if the archive contradicts itself.
    mutating func lookIntoZip(_ bytes: RawSpan, _ place: [String]) {
        let members: [(entry: ZipEntry, range: Range<Int>)]
        do throws(ArchiveError) {
            members = try Self.members(bytes)
        } catch {
            return recoverZip(bytes, place, error)
        }
        for (entry, range) in members where !range.isEmpty {
            guard take(member: place) else { return }
            let contents = bytes.extracting(range)
            let inside = place + [entry.name]
            if entry.method == .stored {
                look(at: contents, place: inside, role: .member)
            } else {
                inflate(contents, inside)
            }
        }
    }

    /// The members of an archive in which everything agrees.
    private static func members(_ bytes: RawSpan) throws(ArchiveError) -> [(entry: ZipEntry, range: Range<Int>)] {
        var members: [(entry: ZipEntry, range: Range<Int>)] = []
        for entry in try ZipDirectory(reading: bytes).entries {
            if entry.isEncrypted { throw ArchiveError(.unsupported, "it is encrypted", entry: entry.name) }
            if case .other(let number) = entry.method {
                throw ArchiveError(.unsupported, "compression method \(number)", entry: entry.name)
            }
            members.append((entry, try entry.contentsRange(in: bytes)))
        }
        return members
    }

    /// Reads every member both as stored and as deflated, and forgives no gap but those of harmless repairs.
    private mutating func recoverZip(_ bytes: RawSpan, _ place: [String], _ error: ArchiveError) {
        gap(place, "not every reader sees the same in this archive: \(error)")
        let recovery = ZipRecovery(reading: bytes)
        if recovery.isCut { gap(place, "too many members to look at") }
        for member in recovery.members {
            guard take(member: place) else { return }
            let inside = place + [member.name]
            let end = Checked.range(
                offset: member.contentsOffset, count: member.declaredByteCount, within: bytes.byteCount)
            let declared = member.declaredByteCount > 0 ? end : nil
            let contents = bytes.extracting(
                declared ?? min(member.contentsOffset, member.limit)..<max(member.contentsOffset, member.limit))
            if contents.byteCount == 0 { continue }
            if member.isMarkedEncrypted { gap(inside, "it is marked as encrypted") }
            look(at: contents, place: inside, role: .member)
            inflate(contents, inside)
        }
    }

    /// Decompresses as much of a member as is needed to say what it is, and all of it if it may hold a pickle.
    private mutating func inflate(_ data: RawSpan, _ place: [String]) {
        let front = ZipRecovery.inflated(data, largest: min(1 << 16, budget.inflatedByteCount))
        budget.inflatedByteCount -= front.count
        if front.count < 1 << 16, budget.inflatedByteCount > 0 {
            return look(at: front.rawSpan, place: place, role: .member)
        }
        guard Self.mayHoldPickles(front) || Self.isPickleName(place.last ?? "") else { return }
        let largest = min(Budget.largestMember, budget.inflatedByteCount)
        let contents = ZipRecovery.inflated(data, largest: largest)
        budget.inflatedByteCount -= contents.count
        if contents.count >= largest { gap(place, "it decompresses to more than \(largest) bytes") }
        look(at: contents.rawSpan, place: place, role: .member)
    }

    private static func mayHoldPickles(_ front: [UInt8]) -> Bool {
        if case .bytes = ScannedForm(of: front.rawSpan, role: .member) {
            if front[0] == 0x80, front[1] <= 5 { return true }
            var limits = PickleScanner.Limits()
            limits.byteCountAfterFault = 0
            let scan = PickleScanner.scan(front.rawSpan, limits: limits)
            return scan.isComplete || scan.fault?.code == .truncated || scan.verdict == .dangerous
        }
        return true
    }

    private mutating func take(member place: [String]) -> Bool {
        budget.memberCount -= 1
        if budget.memberCount < 0 { gap(place, "too many members to look at") }
        return budget.memberCount >= 0
    }

    /// Looks at every member of a tar archive, up to the first block that is no header.
    mutating func lookIntoTar(_ bytes: RawSpan, _ place: [String]) {
        var offset = 0
        while let member = ScannedTarMember(at: offset, in: bytes) {
            guard take(member: place) else { return }
            let range = member.contents.clamped(to: 0..<bytes.byteCount)
            let inside = place + [member.name]
            if range.count < member.contents.count { gap(inside, "the archive ends inside it") }
            if !range.isEmpty {
                let contents = bytes.extracting(range)
                look(at: contents, place: inside, role: .member)
                search(contents, from: 1, inside)
            }
            guard member.next > offset else { return }
            offset = member.next
        }
        // Two blocks of zeros end it; whatever else stands there, other readers may go on.
        if offset < bytes.byteCount, bytes[byte: offset] != 0 { gap(place, "the archive is damaged at byte \(offset)") }
    }
}

/// One header of a tar archive and where its contents lie, read as leniently as the most lenient reader does.
private struct ScannedTarMember {
    let name: String
    let contents: Range<Int>
    let next: Int

    init?(at offset: Int, in bytes: RawSpan) {
        guard offset <= bytes.byteCount, TarHeader.isHeader(bytes.extracting(offset..<bytes.byteCount)) else {
            return nil
        }
        var name: [UInt8] = []
        for place in offset..<offset + 100 where bytes[byte: place] != 0 { name.append(bytes[byte: place]) }
        var size = 0
        let isBinary = bytes[byte: offset + 124] & 0x80 != 0
        for place in offset + (isBinary ? 125 : 124)..<offset + 136 {
            let byte = bytes[byte: place]
            guard let shifted = Checked.multiply(size, isBinary ? 256 : 8) else { return nil }
            if isBinary {
                size = shifted | Int(byte)
            } else if (0x30...0x37).contains(byte) {
                size = shifted | Int(byte - 0x30)
            }
        }
        guard let end = Checked.add(offset + 512, size), let padded = Checked.add(end, 511) else { return nil }
        self.name = String(decoding: name, as: UTF8.self)
        contents = offset + 512..<end
        next = padded / 512 * 512
    }
}
