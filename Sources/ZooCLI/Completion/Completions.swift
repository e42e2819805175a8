import ArgumentParser
import FoundationEssentials
import SystemPackage
import ZooCache
import ZooCheckpoint
import ZooGraph
import ZooRegistry
import ZooTraining

/// What a shell offers where a user presses tab. It asks the program itself, so that the answers are those of now.
enum Completions {
    /// Extensions of checkpoints.
    static let checkpointExtensions = [
        "pth", "pt", "tar", "th", "ckpt", "bin", "safetensors", "npz", "npy", "pkl", "index.json",
    ]

    /// Extensions of images.
    static let imageExtensions = ["jpg", "jpeg", "png", "bmp", "ppm", "pgm", "JPG", "JPEG", "PNG"]

    /// What `--augment` takes: presets and single steps.
    static let augmentations = [
        "none", "light", "standard", "strong", "resized-crop", "crop", "hflip", "vflip", "rotate", "affine", "jitter",
        "grayscale", "randaugment", "trivialaugment", "erase",
    ]

    /// What `--schedule` takes.
    static let schedules = [
        "constant", "cosine", "linear", "polynomial", "one-cycle", "step=", "multistep=", "exponential=", "plateau=",
    ]

    /// Names of models.
    static let models = CompletionKind.custom { _, _, prefix in names(beginningWith: prefix) }

    /// Names of models, then checkpoints below the folder that is being typed.
    static let modelsAndFiles = CompletionKind.custom { _, _, prefix in
        names(beginningWith: prefix) + files(beginningWith: prefix, extensions: checkpointExtensions)
    }

    /// Models that are in the cache, then checkpoints.
    static let cachedModelsAndFiles = CompletionKind.custom { _, _, prefix in
        cachedModels.filter { $0.hasPrefix(prefix) } + files(beginningWith: prefix, extensions: checkpointExtensions)
    }

    /// Files of the cache, models in it, then checkpoints.
    static let cachedFilesAndFiles = CompletionKind.custom { _, _, prefix in
        (cachedModels + cachedFiles).filter { $0.hasPrefix(prefix) }
            + files(beginningWith: prefix, extensions: checkpointExtensions)
    }

    /// Files of the cache and models in it.
    static let cached = CompletionKind.custom { _, _, prefix in
        (cachedModels + cachedFiles).filter { $0.hasPrefix(prefix) }
    }

    /// Names of networks.
    static let architectures = CompletionKind.custom { _, _, prefix in
        Architecture.names.filter { $0.hasPrefix(prefix) }
    }

    /// Names of the weights of the models that are typed already.
    static let weights = CompletionKind.custom { arguments, _, prefix in
        guard let registry = try? Session().registry else { return [] }
        let names = arguments.dropFirst(2).flatMap { registry.entries(named: $0) }.map(\.weights)
        return names.filter { $0.hasPrefix(prefix) }
    }

    /// Beginnings of conditions for `--filter`. No list in the script: fish would take `>` for a redirection.
    static let filters = CompletionKind.custom { _, _, prefix in
        let known = [
            "size>100MB", "age>30d", "model=", "name=", "status=ok", "status=unverified", "status=unchecked",
            "status=partial",
        ]
        return known.filter { $0.hasPrefix(prefix) }
    }

    /// Layers of the network of `--model`.
    static let layers = CompletionKind.custom { arguments, _, prefix in
        layerNames(of: model(in: arguments)).filter { $0.hasPrefix(prefix) }
    }

    /// The same behind the epochs of `--unfreeze`.
    static let unfreezings = CompletionKind.custom { arguments, _, prefix in
        guard let colon = prefix.lastIndex(of: ":") else { return ["0:head,1:all"].filter { $0.hasPrefix(prefix) } }
        let (start, typed) = (prefix[...colon], prefix[prefix.index(after: colon)...])
        return layerNames(of: model(in: arguments)).filter { $0.hasPrefix(typed) }.map { start + $0 }
    }

    private static func names(beginningWith prefix: String) -> [String] {
        guard let entries = try? Session().registry.entries else { return [] }
        // The weights of a model follow behind a colon.
        if prefix.contains(":") { return entries.map(\.id).filter { $0.hasPrefix(prefix) } }
        var names: [String] = []
        for entry in entries where entry.name.hasPrefix(prefix) && names.last != entry.name { names.append(entry.name) }
        return names
    }

    private static var cachedModels: [String] {
        guard let session = try? Session() else { return [] }
        return session.registry.entries.filter {
            FileManager.default.fileExists(atPath: session.cache.path(of: $0.fileName).string)
        }.map { $0.isDefault ? $0.name : $0.id }
    }

    private static var cachedFiles: [String] {
        let cache = CacheDirectory(environment: ProcessInfo.processInfo.environment)
        return ((try? cache.names()) ?? []).filter { !$0.hasPrefix(".") && $0 != "CACHEDIR.TAG" }
    }

    /// The value of `--model` among the words, or its default.
    static func model(in arguments: [String]) -> String {
        for (index, word) in arguments.enumerated() {
            if word == "--model", index + 1 < arguments.count { return arguments[index + 1] }
            if word.hasPrefix("--model=") { return String(word.dropFirst(8)) }
        }
        return "resnet18"
    }

    /// The modules of a network, outermost first, with `all` and `head`; of a checkpoint those that its tensors are in.
    static func layerNames(of model: String) -> [String] {
        let parameters: [String]
        if let entry = try? Session().registry.entry(model),
            let graph = try? Architecture.graph(named: entry.architecture, classes: 1)
        {
            parameters = graph.trainedParameterNames
        } else {
            let part = try? Checkpoint.open(FilePath(model)).tensors.map(\.name)
            parameters = (part ?? []).map { $0.hasPrefix("state_dict.") ? String($0.dropFirst(11)) : $0 }
        }
        var names: [String] = parameters.isEmpty ? [] : ["all", "head"]
        var known = Set(names)
        for parameter in parameters {
            let parts = parameter.split(separator: ".").dropLast()
            for count in 1..<max(parts.count + 1, 1) {
                let name = parts.prefix(count).joined(separator: ".")
                if known.insert(name).inserted { names.append(name) }
            }
        }
        return names
    }
}
