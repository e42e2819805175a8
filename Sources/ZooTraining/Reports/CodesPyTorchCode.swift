import ZooGraph
import ZooRegistry

/// A program in Python that classifies a photo with a head on the codes of one or several networks.
struct CodesPyTorchCode {
    let output: String
    let sources: [CodesDescription.Source]
    let classCount: Int
    /// The settings of the run, `head` and those of that head.
    let settings: [String: String]

    /// The program.
    var text: String {
        """
        \(PyTorchCode.heading(output))
        from torch.nn import functional as F
        \(imports)from torchvision import transforms

        \(PyTorchCode.loading(output))


        def codes(number, body, head, prepare, photo):
            \"""What a network makes of a photo, without its output layer, as the head wants it.\"""
            body.get_submodule(head.rpartition(".")[0]).register_module(head.rpartition(".")[2], torch.nn.Identity())
            prefix = f"sources.{number}."
            body.load_state_dict({name[len(prefix):]: state[name] for name in state if name.startswith(prefix)})
            x = body.eval()(prepare(photo)[None])
            if f"normalisation.{number}.mean" in state:
                x = (x - state[f"normalisation.{number}.mean"]) * state[f"normalisation.{number}.scale"]
            return x


        photo = Image.open("photo.jpg").convert("RGB")
        with torch.inference_mode():
            x = torch.cat([
        \(parts)
            ], 1)
        \(head)
        probabilities = logits.softmax(1)[0]
        print(classes[probabilities.argmax()], probabilities.max().item())
        """
    }

    private var programs: [PyTorchCode] {
        sources.compactMap { source in
            source.preprocessing.map {
                PyTorchCode(output: output, architecture: source.arch, classCount: 1, preprocessing: $0)
            }
        }
    }

    private var imports: String {
        var lines: [String] = []
        for program in programs where !lines.contains(program.imports) { lines.append(program.imports) }
        return lines.joined()
    }

    private var parts: String {
        programs.enumerated().map { number, program in
            let steps = program.steps.split(separator: "\n").map { "        \($0)" }.joined(separator: "\n")
            let head = PyTorchCode.head(of: program.architecture)?.prefix ?? "fc"
            let model = program.model.split(separator: "\n").first.map(String.init) ?? program.model
            return """
                        codes(\(number), \(model), "\(head)", transforms.Compose([
                \(steps)
                        ]), photo),
                """
        }.joined(separator: "\n")
    }

    /// The lines that make `logits` of `x`.
    private var head: String {
        switch settings["head"] ?? "linear" {
        case "cosine":
            return
                "logits = \(settings["head-scale"] ?? "1") * F.linear(F.normalize(x), F.normalize(state[\"head.weight\"]))"
        case "mlp":
            return """
                hidden = F.relu(F.linear(x, state["head.0.weight"], state["head.0.bias"]))
                logits = F.linear(hidden, state["head.3.weight"], state["head.3.bias"])
                """
        case "knn": return neighbours
        default: return #"logits = F.linear(x, state["head.weight"], state["head.bias"])"#
        }
    }

    private var neighbours: String {
        let isCosine = settings["head-distance"] == "cosine"
        let known = isCosine ? "F.normalize(state[\"head.features\"])" : "state[\"head.features\"]"
        let weights =
            settings["head-weights"] == "distance"
            ? "weights = 1 / nearest.values.clamp(min=1e-12)" : "weights = torch.ones_like(nearest.values)"
        return """
            known, labels = \(known), state["head.labels"]
            distances = \(isCosine ? "1 - F.normalize(x) @ known.T" : "torch.cdist(x, known)")
            nearest = distances.topk(min(\(settings["head-k"] ?? "5"), len(known)), largest=False)
            \(weights)
            votes = torch.zeros(1, \(classCount)).scatter_add_(1, labels[nearest.indices], weights)
            votes = votes / weights.sum() * weights.numel()
            logits = torch.log((votes + 1 / \(classCount)) / (weights.numel() + 1))
            """
    }
}
