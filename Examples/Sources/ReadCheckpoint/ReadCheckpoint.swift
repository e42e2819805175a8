import Glibc
import SystemPackage
import ZooCheckpoint

// Lists the tensors of a checkpoint, whatever its format, and reads one of them:
// swift run ReadCheckpoint resnet18-f37072fd.pth fc.weight

@main enum ReadCheckpoint {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            guard let path = arguments.first else { return print("usage: ReadCheckpoint FILE [TENSOR]") }
            try list(FilePath(path), showing: arguments.dropFirst().first)
        } catch {
            // zoo's errors are sentences: where, what, what to do.
            print("error: \(error)")
            exit(1)
        }
    }

    static func list(_ path: FilePath, showing name: String?) throws {
        let checkpoint = try Checkpoint.open(path)
        for entry in checkpoint.tensors { print(entry.name, entry.dtype, entry.shape) }
        guard let name else { return }
        let values = try checkpoint.tensor(named: name).float32Values()
        print("\(name): \(values.count) values from \(values.min() ?? 0) to \(values.max() ?? 0)")
    }
}
