import SystemPackage
import ZooCore

extension CheckpointError {
    /// An error of zoo's layers as one of this layer; those that name no file get `path`.
    static func of(_ error: any Error, at path: FilePath) -> CheckpointError {
        switch error {
        case let error as CheckpointError: error.path == nil ? error.at(path) : error
        case let error as FileError: CheckpointError(.file, error.description, cause: error, path: path)
        case let error as any ZooError: CheckpointError(.file, error.description, cause: error, path: path)
        default: CheckpointError(.malformed, "\(error)", path: path)
        }
    }
}
