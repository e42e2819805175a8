public import SystemPackage
import ZooArchive
import ZooCore
public import ZooTensor

/// Writes archives of numpy arrays, as `numpy.savez` does (numpy/lib/format.py, version 1.0 of the array header).
///
/// The same arrays give the same bytes. Entries are stored, and elements begin at a multiple of 64 bytes, so that they
/// can be mapped.
public enum NpzWriter {
    /// Writes `tensors` to `path`, which appears when it is complete. The folder must exist.
    ///
    /// - Throws: ``CheckpointError``: `unsupported` for an element type that numpy lacks, `file` if the disk refuses.
    /// - Complexity: O(bytes written); contiguous tensors are not copied in memory.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], to path: FilePath
    ) throws(CheckpointError) {
        do {
            let file = try prepare(tensors.map { PlannedTensor(name: $0.name, $0.tensor) }, at: path)
            try file.publish()
        } catch {
            throw CheckpointError.of(error, at: path)
        }
    }

    /// The complete archive under its temporary name.
    static func prepare(
        _ tensors: [PlannedTensor], at path: FilePath, progress: ByteProgress? = nil
    ) throws -> AtomicFile {
        // All headers before the first byte, so that what cannot be written costs nothing.
        let headers = try tensors.map { try header(of: $0) }
        var archive = try ZipWriter(at: path)
        for (tensor, header) in zip(tensors, headers) {
            let values = try tensor.fetch()
            try archive.append(tensor.name + ".npy", head: header, values.contiguousBytes, alignment: 64)
            try progress?.advance(by: tensor.byteCount)
        }
        return try archive.finish()
    }

    /// The magic number, the version, the length of the description, and the description, 64 bytes or a multiple.
    static func header(of tensor: PlannedTensor) throws(CheckpointError) -> [UInt8] {
        guard let descriptor = descriptor(of: tensor.dtype) else {
            throw CheckpointError(
                .unsupported, "numpy has no \(tensor.dtype.name); convert with --dtype float32, or to safetensors",
                place: tensor.name)
        }
        guard tensor.name.utf8.count < 65_000 else {
            throw CheckpointError(.unsupported, "a name of \(tensor.name.utf8.count) bytes", place: tensor.name)
        }
        let sizes = tensor.shape.sizes.map(String.init).joined(separator: ", ") + (tensor.shape.rank == 1 ? "," : "")
        var text = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(sizes)), }"
        let length = (10 + text.utf8.count + 1 + 63) / 64 * 64 - 10
        guard length <= Int(UInt16.max) else {
            throw CheckpointError(.unsupported, "\(tensor.shape.rank) axes", place: tensor.name)
        }
        text += String(repeating: " ", count: length - text.utf8.count - 1) + "\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(text.utf8)
    }

    /// numpy's name of an element type: byte order, kind, bytes.
    private static func descriptor(of dtype: DType) -> String? {
        switch dtype {
        case .float64: "<f8"
        case .float32: "<f4"
        case .float16: "<f2"
        case .int64: "<i8"
        case .int32: "<i4"
        case .int16: "<i2"
        case .int8: "|i1"
        case .uint64: "<u8"
        case .uint32: "<u4"
        case .uint16: "<u2"
        case .uint8: "|u1"
        case .bool: "|b1"
        case .complex128: "<c16"
        case .complex64: "<c8"
        default: nil
        }
    }
}
