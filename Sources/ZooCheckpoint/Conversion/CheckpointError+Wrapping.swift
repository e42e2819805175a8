import SystemPackage
import ZooCore

extension CheckpointError {
    /// An error of zoo's layers as one of this layer.
    static func of(_ error: any Error) -> CheckpointError {
        switch error {
        case let error as CheckpointError: error
        case let error as any ZooError: CheckpointError(.file, error.description, cause: error)
        default: CheckpointError(.malformed, "\(error)")
        }
    }

    /// An error of zoo's layers as one of this layer; those that name no file get `path`.
    static func of(_ error: any Error, at path: FilePath) -> CheckpointError {
        let own = of(error)
        return own.path == nil && !(error is FileError) ? own.at(path) : own
    }
}
