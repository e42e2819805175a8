import ZooPickle
import ZooTensor

/// The names that PyTorch's pickles import, in today's spelling.
enum PyTorchNames {
    /// `module.name`, with the names of Python 2 and of earlier PyTorch versions replaced by today's.
    static func fullName(_ global: PickleGlobal) -> String {
        if let renamed = renamedGlobals[global] { return renamed }
        let module = renamedModules[global.module] ?? global.module
        return module + "." + global.name
    }

    /// The element type of a storage class; `UntypedStorage` holds bytes of any type.
    ///
    /// PyTorch looks at the class name only, so that `torch.cuda.FloatStorage` is read too.
    static func storageType(_ name: String) -> StorageType? {
        guard let className = name.split(separator: ".").last, name.hasPrefix("torch.") else { return nil }
        if className == "UntypedStorage" { return .untyped }
        return storageClasses[String(className)].map { .typed($0) }
    }

    /// The storage class of an element type; `nil` for the types that PyTorch stores as bytes.
    static func storageClass(of dtype: DType) -> String? {
        storageClasses.first { $0.value == dtype }?.key
    }

    /// The element type called `torch.…`.
    static func dtype(_ name: String) -> DType? {
        guard name.hasPrefix("torch.") else { return nil }
        return DType(rawValue: String(name.dropFirst("torch.".count)))
    }

    enum StorageType: Sendable, Hashable {
        case typed(DType)
        case untyped

        var itemSize: Int {
            switch self {
            case .typed(let dtype): dtype.itemSize
            case .untyped: 1
            }
        }
    }

    /// torch/storage.py, `_dtype_to_storage_type_map`.
    private static let storageClasses: [String: DType] = [
        "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
        "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16, "CharStorage": .int8,
        "ByteStorage": .uint8, "BoolStorage": .bool, "ComplexDoubleStorage": .complex128,
        "ComplexFloatStorage": .complex64, "QInt32Storage": .qint32, "QInt8Storage": .qint8, "QUInt8Storage": .quint8,
        "QUInt4x2Storage": .quint4x2, "QUInt2x4Storage": .quint2x4,
    ]

    private static let renamedModules = [
        "__builtin__": "builtins", "exceptions": "builtins", "copy_reg": "copyreg", "UserDict": "collections",
        "UserList": "collections", "numpy._core.multiarray": "numpy.core.multiarray",
        "numpy._core.numeric": "numpy.core.numeric", "torch.tensor": "torch._tensor",
    ]

    private static let renamedGlobals: [PickleGlobal: String] = [
        PickleGlobal("__builtin__", "unicode"): "builtins.str", PickleGlobal("__builtin__", "long"): "builtins.int",
        PickleGlobal("__builtin__", "xrange"): "builtins.range", PickleGlobal("__builtin__", "unichr"): "builtins.chr",
        PickleGlobal("__builtin__", "basestring"): "builtins.str",
    ]
}
