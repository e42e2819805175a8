import ZooGraph
import ZooRegistry

/// A program in Python that loads a checkpoint of `zoo finetune` and classifies a photo.
struct PyTorchCode {
    let output: String
    let architecture: String
    let classCount: Int
    let preprocessing: Preprocessing
    /// Whether the network lost channels, so that its module has other shapes than PyTorch makes it with.
    var isNarrowed = false
    /// How many numbers there are between two layers in place of the output layer; `nil` for one layer.
    var hiddenCount: Int?
    /// Whether the outputs are those of several tasks.
    var hasTasks = false

    /// The program.
    var text: String {
        """
        \(Self.heading(output))
        \(imports)from torchvision import transforms

        \(Self.loading(output, hasTasks ? "tasks" : "classes"))
        model = \(model)
        \(twoLayers)\(isNarrowed ? narrowing : "")model.load_state_dict(state)
        model.eval()

        prepare = transforms.Compose([
        \(steps)
        ])
        photo = prepare(Image.open("photo.jpg").convert("RGB"))
        with torch.inference_mode():
        \(hasTasks ? Self.tasks : Self.oneQuestion)
        """
    }

    private static let oneQuestion = """
            probabilities = model(photo[None]).softmax(1)[0]
        print(classes[probabilities.argmax()], probabilities.max().item())
        """

    /// The logits of the tasks stand side by side, each with a softmax of its own.
    private static let tasks = """
            logits = model(photo[None])[0].split([len(task["classes"]) for task in tasks])
        for task, own in zip(tasks, logits):
            probabilities = own.softmax(0)
            print(task["name"], task["classes"][probabilities.argmax()], probabilities.max().item())
        """

    /// The first imports.
    static func heading(_ output: String) -> String {
        let isSafetensors = output.lowercased().hasSuffix(".safetensors")
        return
            "import \(isSafetensors ? "json\nimport torch\nfrom safetensors import safe_open" : "torch")\nfrom PIL import Image"
    }

    /// The lines that give `state` and `classes`, or what else the outputs mean.
    static func loading(_ output: String, _ meaning: String = "classes") -> String {
        output.lowercased().hasSuffix(".safetensors")
            ? """
            with safe_open(\(literal(output)), framework="pt") as file:
                state = {name: file.get_tensor(name) for name in file.keys()}
                \(meaning) = json.loads(file.metadata()["\(meaning)"])
            """
            : """
            checkpoint = torch.load(\(literal(output)), weights_only=True)
            state, \(meaning) = checkpoint["state_dict"], checkpoint["\(meaning)"]
            """
    }

    /// The line that puts two layers in the place of one.
    private var twoLayers: String {
        guard let hiddenCount, let head = Self.head(of: architecture) else { return "" }
        let place = Self.member(head.prefix)
        return """
            model\(place) = torch.nn.Sequential(
                torch.nn.Linear(\(head.inputFeatures), \(hiddenCount)), torch.nn.ReLU(), torch.nn.Dropout(),
                torch.nn.Linear(\(hiddenCount), \(classCount)))

            """
    }

    /// The output layer of a network as it is usually.
    static func head(of architecture: String) -> Graph.Head? {
        try? Architecture.graph(named: architecture, classes: 1).head
    }

    /// Gives the module the shapes of the tensors.
    private var narrowing: String {
        """
        for name, tensor in state.items():  # the channels that are left
            path, _, last = name.rpartition(".")
            module = model.get_submodule(path)
            if last == "weight" and isinstance(module, torch.nn.Conv2d) and module.groups > 1:
                module.groups = module.groups * len(tensor) // len(module.weight)
            if isinstance(module, torch.nn.LayerNorm):
                module.normalized_shape = tuple(tensor.shape)
            is_learnt = isinstance(getattr(module, last), torch.nn.Parameter)
            setattr(module, last, torch.nn.Parameter(tensor) if is_learnt else tensor)
        \(cifarBlocks == nil ? "" : paddedShortcuts)
        """
    }

    private var paddedShortcuts: String {
        """
        for stage in (model.layer2, model.layer3):  # as many channels of zeros as the sums need
            block = stage[0]
            pad = (len(block.bn2.weight) - block.conv1.weight.shape[1]) // 2
            block.shortcut = LambdaLayer(
                lambda x, pad=pad: torch.nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, pad, pad)))

        """
    }

    /// A module of that name behind its network, in Python: `.fc`, `.classifier[6]`.
    static func member(_ name: String) -> String {
        name.split(separator: ".").map { $0.allSatisfy(\.isNumber) ? "[\($0)]" : ".\($0)" }.joined()
    }

    var model: String {
        if let builder = Self.builder(of: architecture, classCount: classCount, crop: preprocessing.crop) {
            return builder
        }
        if let blocks = cifarBlocks {
            return "ResNet(BasicBlock, [\(blocks), \(blocks), \(blocks)], num_classes=\(classCount))"
        }
        return "MobileNetV1()\nmodel.fc = torch.nn.Linear(model.fc.in_features, \(classCount))"
    }

    var imports: String {
        if Self.builder(of: architecture, classCount: classCount, crop: nil) != nil {
            return "from torchvision import models\n"
        }
        return cifarBlocks != nil
            ? "from resnet import BasicBlock, \(isNarrowed ? "LambdaLayer, " : "")ResNet  # resnet.py of github.com/akamaster/pytorch_resnet_cifar10\n"
            : "from net import MobileNetV1  # models/net.py of github.com/biubug6/Pytorch_Retinaface\n"
    }

    /// How many blocks each stage of a ResNet for CIFAR has.
    private var cifarBlocks: Int? {
        guard architecture.hasPrefix("resnet"), architecture.hasSuffix("_cifar"),
            let depth = Int(architecture.dropFirst(6).dropLast(6))
        else { return nil }
        return (depth - 2) / 6
    }

    /// The call that makes the network in torchvision; `nil` if torchvision does not have it.
    static func builder(of architecture: String, classCount: Int, crop: Int?) -> String? {
        guard !architecture.hasSuffix("_cifar"), !architecture.hasPrefix("mobilenet_v1") else { return nil }
        var arguments = "num_classes=\(classCount)"
        switch architecture {
        case "googlenet", "inception_v3":
            // What torchvision sets for its pretrained weights.
            arguments += ", transform_input=True, aux_logits=False, init_weights=False"
        case let name where name.hasPrefix("vit_"):
            if let crop, crop != 224 { arguments += ", image_size=\(crop)" }
        default: break
        }
        return "models.\(architecture)(\(arguments))"
    }

    var steps: String {
        var steps: [String] = []
        if let resize = preprocessing.resize {
            let mode = preprocessing.interpolation.rawValue.uppercased()
            steps.append("transforms.Resize(\(resize), transforms.InterpolationMode.\(mode))")
        }
        if let crop = preprocessing.crop { steps.append("transforms.CenterCrop(\(crop))") }
        steps.append("transforms.ToTensor()")
        steps.append("transforms.Normalize(\(Self.list(preprocessing.mean)), \(Self.list(preprocessing.std)))")
        return steps.map { "    \($0)," }.joined(separator: "\n")
    }

    private static func list(_ values: [Float]) -> String {
        "[" + values.map { "\($0)" }.joined(separator: ", ") + "]"
    }

    /// A string of Python.
    private static func literal(_ text: String) -> String {
        var literal = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": literal += "\\\\"
            case "\"": literal += "\\\""
            case "\n": literal += "\\n"
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "\""
    }
}
