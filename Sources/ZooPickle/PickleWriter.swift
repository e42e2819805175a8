/// Writes a pickle of protocol 2, which every Python since 2.3 reads, and PyTorch's safe loader too.
///
/// Each call appends an instruction; the values an instruction needs must have been written before it. Globals are
/// written once and referred to afterwards.
///
/// ```swift
/// var pickle = PickleWriter()
/// pickle.emptyDictionary()
/// pickle.mark()
/// pickle.text("epoch")
/// pickle.integer(7)
/// pickle.setItems()
/// let bytes = pickle.finish()         // pickle.loads(bytes) == {"epoch": 7}
/// ```
public struct PickleWriter {
    private var bytes: [UInt8]
    private var memo: [PickleGlobal: UInt32] = [:]

    /// Begins a pickle.
    public init() {
        bytes = [PickleOpcode.proto.rawValue, 2]
    }

    /// Ends the pickle and gives its bytes.
    public consuming func finish() -> [UInt8] {
        put(.stop)
        return bytes
    }

    /// `None`.
    public mutating func none() { put(.none) }

    /// `True` or `False`.
    public mutating func bool(_ value: Bool) { put(value ? .newtrue : .newfalse) }

    /// A float, exactly.
    public mutating func double(_ value: Double) {
        put(.binfloat)
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
        }
    }

    /// An integer, in the shortest form.
    public mutating func integer(_ value: Int) {
        if let small = UInt8(exactly: value) {
            put(.binint1)
            bytes.append(small)
        } else if let small = UInt16(exactly: value) {
            put(.binint2)
            append(small)
        } else if let small = Int32(exactly: value) {
            put(.binint)
            append(UInt32(bitPattern: small))
        } else {
            put(.long1)
            bytes.append(8)
            append(UInt64(bitPattern: Int64(value)))
        }
    }

    /// An integer of any size, from its two's complement, least significant byte first.
    ///
    /// - Precondition: fewer than 2 GiB.
    public mutating func integer(twosComplement digits: [UInt8]) {
        if let short = UInt8(exactly: digits.count) {
            put(.long1)
            bytes.append(short)
        } else {
            put(.long4)
            append(UInt32(digits.count))
        }
        bytes += digits
    }

    /// Bytes, as protocol 2 writes them: `_codecs.encode(text, 'latin1')`.
    public mutating func bytes(_ value: [UInt8]) {
        global(PickleGlobal("_codecs", "encode"))
        mark()
        text(String(String.UnicodeScalarView(value.map { Unicode.Scalar($0) })))
        text("latin1")
        tuple()
        reduce()
    }

    /// Text.
    ///
    /// - Precondition: less than 4 GiB.
    public mutating func text(_ value: String) {
        put(.binunicode)
        append(UInt32(value.utf8.count))
        bytes += value.utf8
    }

    /// Marks where the items of ``tuple()``, ``appends()`` or ``setItems()`` begin.
    public mutating func mark() { put(.mark) }

    /// A tuple of everything since the mark.
    public mutating func tuple() { put(.tuple) }

    /// A tuple of nothing.
    public mutating func emptyTuple() { put(.emptyTuple) }

    /// A list of nothing.
    public mutating func emptyList() { put(.emptyList) }

    /// Appends everything since the mark to the list before it.
    public mutating func appends() { put(.appends) }

    /// A dict of nothing.
    public mutating func emptyDictionary() { put(.emptyDict) }

    /// Sets the keys and values since the mark in the dict before it.
    public mutating func setItems() { put(.setitems) }

    /// A class or function.
    ///
    /// - Precondition: neither name has a line end in it.
    public mutating func global(_ global: PickleGlobal) {
        if let place = memo[global] {
            if let short = UInt8(exactly: place) {
                put(.binget)
                bytes.append(short)
            } else {
                put(.longBinget)
                append(place)
            }
            return
        }
        put(.global)
        bytes += global.module.utf8
        bytes.append(0x0a)
        bytes += global.name.utf8
        bytes.append(0x0a)
        let place = UInt32(memo.count)
        memo[global] = place
        if let short = UInt8(exactly: place) {
            put(.binput)
            bytes.append(short)
        } else {
            put(.longBinput)
            append(place)
        }
    }

    /// Calls the callable with the tuple of arguments, both written before.
    public mutating func reduce() { put(.reduce) }

    /// Gives the state written last to the object written before it.
    public mutating func build() { put(.build) }

    /// Makes a persistent id of the value written before.
    public mutating func persistentID() { put(.binpersid) }

    private mutating func put(_ opcode: PickleOpcode) {
        bytes.append(opcode.rawValue)
    }

    private mutating func append<Number: FixedWidthInteger>(_ value: Number) {
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> Number(shift)))
        }
    }
}
