public import SystemPackage

/// The formats that conversions write.
public enum ConversionFormat: String, Sendable, Hashable, CaseIterable {
    /// PyTorch's zip archive.
    case torch
    /// PyTorch's stream of versions 0.1.2 to 1.5.
    case torchLegacy = "torch-legacy"
    /// huggingface/safetensors.
    case safetensors
    /// A zip archive of numpy arrays.
    case npz

    /// The format that the extension of a file's name says, if it says one.
    public init?(extensionOf path: FilePath) {
        switch path.extension?.lowercased() {
        case "pth", "pt", "tar", "th", "ckpt", "bin": self = .torch
        case "safetensors": self = .safetensors
        case "npz": self = .npz
        default: return nil
        }
    }

    /// Whether the format holds more than names and tensors.
    var holdsTrees: Bool { self == .torch || self == .torchLegacy }
}
