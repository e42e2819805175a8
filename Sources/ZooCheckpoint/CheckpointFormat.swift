/// How a checkpoint is stored, named as `zoo inspect --json` names it.
public enum CheckpointFormat: String, Sendable, Hashable, CaseIterable {
    /// PyTorch's zip archive, written since 1.6.
    case torchZip = "torch-zip"
    /// PyTorch's stream that begins with a magic number, written from 0.1 to 1.5.
    case torchLegacy = "torch-legacy"
    /// The tar archive of PyTorch 0.1.
    case torchTar = "torch-tar"
    /// A compiled program with its tensors.
    case torchScript = "torchscript"
    case safetensors
    /// A zip archive of numpy arrays.
    case npz
    /// One numpy array.
    case npy
    /// A state dict or a tensor of TorchSharp, .NET's face of PyTorch.
    case torchSharp = "torchsharp"
    /// A pickle without tensors' storages.
    case pickle
}
