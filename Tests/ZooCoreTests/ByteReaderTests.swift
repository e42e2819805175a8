import Testing
import ZooCore

@Suite struct ByteReaderTests {
    @Test func readsNumbersOfBothByteOrdersAtAnyAlignment() throws {
        let bytes: [UInt8] = [0xff, 1, 2, 3, 4, 5, 6]
        var reader = ByteReader(bytes.rawSpan)
        #expect(try reader.readByte() == 0xff)
        #expect(try reader.read(UInt16.self) == 0x0201)
        #expect(try reader.read(UInt32.self, order: .big) == 0x0304_0506)
        let isAtEnd = reader.isAtEnd
        #expect(isAtEnd)
    }

    @Test func aReadPastTheEndThrowsAndMovesNothing() throws {
        let bytes: [UInt8] = [1, 2, 3]
        var reader = ByteReader(bytes.rawSpan)
        try reader.skip(1)
        #expect(throws: EndOfBytes(offset: 1, needed: 4, available: 2)) { try reader.read(UInt32.self) }
        #expect(throws: EndOfBytes(offset: 1, needed: -1, available: 2)) { try reader.skip(-1) }
        #expect(throws: EndOfBytes(offset: 1, needed: .max, available: 2)) { try reader.readArray(.max) }
        #expect(try reader.readArray(2) == [2, 3])
    }

    @Test func readsUpToATerminatorWithinALimit() throws {
        let bytes: [UInt8] = Array("ab\ncd".utf8)
        var reader = ByteReader(bytes.rawSpan)
        #expect(throws: EndOfBytes.self) { try reader.readArray(upTo: 10, limit: 2) }
        #expect(try reader.readArray(upTo: 10, limit: 3) == Array("ab".utf8))
        #expect(throws: EndOfBytes.self) { try reader.readArray(upTo: 10, limit: .max) }
        let offset = reader.offset
        #expect(offset == 3)
    }
}
