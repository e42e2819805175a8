import SystemPackage
import ZooCore

/// How tensors are spread over several files, as huggingface_hub's `split_torch_state_dict_into_shards` does it: in order,
/// each file as full as it may be; `model-00001-of-00003.safetensors` and `model.safetensors.index.json`.
struct SafetensorsShards {
    /// One file and what it holds.
    struct File {
        let path: FilePath
        let tensors: [PlannedTensor]
    }

    /// The files; one, with the given name, if everything fits.
    let files: [File]
    private let path: FilePath

    /// - Parameter largest: how many bytes of tensors a file may hold; a larger tensor gets a file of its own.
    init(_ tensors: [PlannedTensor], largest: Int?, path: FilePath) {
        self.path = path
        var groups: [[PlannedTensor]] = [[]]
        var byteCount = 0
        for tensor in tensors {
            if let largest, byteCount + tensor.byteCount > largest, !groups[groups.count - 1].isEmpty {
                groups.append([])
                byteCount = 0
            }
            groups[groups.count - 1].append(tensor)
            byteCount += tensor.byteCount
        }
        guard groups.count > 1 else {
            files = [File(path: path, tensors: groups[0])]
            return
        }
        let stem = path.lastComponent?.stem ?? "model"
        files = groups.enumerated().map { index, group in
            let name = "\(stem)-\(Self.digits(index + 1))-of-\(Self.digits(groups.count)).safetensors"
            return File(path: path.removingLastComponent().appending(name), tensors: group)
        }
    }

    /// The file that says which tensor is where; `nil` if there is one file only.
    func index() throws(FileError) -> AtomicFile? {
        guard files.count > 1 else { return nil }
        let total = files.reduce(0) { $0 + $1.tensors.reduce(0) { $0 + $1.byteCount } }
        var places: [String: String] = [:]
        for file in files {
            for tensor in file.tensors { places[tensor.name] = file.path.lastComponent?.string }
        }
        var index = try AtomicFile(at: path.removingLastComponent().appending(indexName))
        try index.write(
            Array("{\"metadata\":{\"total_size\":\(total)},\"weight_map\":\(JSONOutput.object(places))}\n".utf8))
        return index
    }

    private var indexName: String {
        (path.lastComponent?.stem ?? "model") + ".safetensors.index.json"
    }

    private static func digits(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, 5 - text.count)) + text
    }
}
