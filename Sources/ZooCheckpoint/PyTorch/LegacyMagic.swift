import ZooPickle

/// The numbers with which PyTorch's legacy stream begins (torch/serialization.py, `MAGIC_NUMBER`, `PROTOCOL_VERSION`).
enum LegacyMagic {
    /// 0x1950a86a20f9469cfc6c, least significant byte first.
    static let number: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
    static let protocolVersion: Int64 = 1001

    /// Whether the pickle is the magic number.
    static func matches(_ document: PickleDocument) -> Bool {
        if case .bigInt(let digits) = document[document.root] { digits == number } else { false }
    }
}
