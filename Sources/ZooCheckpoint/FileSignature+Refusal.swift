import ZooCore
import ZooPickle

extension FileSignature {
    /// Why a file of this kind, which begins with `bytes`, is not opened, and what PyTorch says of it.
    func refusal(of bytes: RawSpan) -> CheckpointError {
        switch self {
        case .zip, .torchLegacy, .tar, .safetensors, .safetensorsIndex, .npy, .torchSharp, .pickle:
            CheckpointError(.unsupported, "not read")
        case .empty:
            CheckpointError(
                .notACheckpoint, "the file is empty; fetch it again", torchMessage: "EOFError: Ran out of input")
        case .html:
            CheckpointError(
                .notACheckpoint,
                "a web page, not a checkpoint: the server answered with an error or a login page; fetch it again",
                torchMessage: Self.unpicklerMessage(bytes))
        case .xml:
            CheckpointError(
                .notACheckpoint,
                "an XML document, not a checkpoint, as object stores send with an error; fetch it again",
                torchMessage: Self.unpicklerMessage(bytes))
        case .lfsPointer:
            CheckpointError(
                .notACheckpoint, "a Git LFS pointer, not the file it points to; run 'git lfs pull' in its repository",
                torchMessage: Self.unpicklerMessage(bytes))
        case .other(let name):
            CheckpointError(.notACheckpoint, "not a checkpoint but \(name)", torchMessage: Self.unpicklerMessage(bytes))
        case .text(let beginning):
            CheckpointError(
                .notACheckpoint, "not a checkpoint but text that begins with '\(beginning)'; fetch it again",
                torchMessage: Self.unpicklerMessage(bytes))
        case .unknown:
            CheckpointError(
                .notACheckpoint, "none of the formats that checkpoints have", torchMessage: Self.unpicklerMessage(bytes)
            )
        }
    }

    /// What torch's unpickler prints of bytes that are no pickle: it names the first one that is no instruction, or its
    /// stack is empty (torch/_weights_only_unpickler.py, `load`). `nil` where it would get further.
    static func unpicklerMessage(_ bytes: RawSpan) -> String? {
        var offset = 0
        // An HDF5 file begins with the instruction for False.
        while offset < min(bytes.byteCount, 4), [0x88, 0x89, 0x4e].contains(bytes[byte: offset]) { offset += 1 }
        guard offset < bytes.byteCount else { return nil }
        let byte = bytes[byte: offset]
        // APPEND, APPENDS, SETITEM, SETITEMS, TUPLE, BUILD, REDUCE, STOP.
        if offset == 0, Array("aesutbR.".utf8).contains(byte) { return "IndexError: pop from empty list" }
        guard !PickleMachine.isOpcode(byte) else { return nil }
        var text = String(UnicodeScalar(byte))
        if !(0x20..<0x7f).contains(byte) || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "'") {
            let digits = String(byte, radix: 16)
            text = "\\x" + (digits.count < 2 ? "0" : "") + digits
        }
        return "UnpicklingError: invalid load key, '\(text)'."
    }
}
