import ZooReport

/// What the run was asked for, so that it can be run again.
struct RunFactsSection {
    let description: RunDescription

    var section: Page.Section? {
        Page.Section("run", "The run") {
            HTML("h3") { "Command" }
            HTML.code(command)
            facts.html
            HTML.details("All \(NumberText.count(description.settings.count, "setting"))") { settings.html }
        }
    }

    /// The program's own place says nothing about the run.
    private var command: String {
        (["zoo"] + description.command.dropFirst()).map { ShellText.quoted($0) }.joined(separator: " ")
    }

    private var facts: FactList {
        var facts = FactList()
        facts.add("Network", description.architecture)
        facts.add("Weights", description.source)
        facts.add("SHA-256 of the weights", description.weightsDigest, isCode: true)
        facts.add("SHA-256 of the images' list", description.dataDigest, isCode: true)
        facts.add("Seed", description.settings["seed"] ?? "–")
        if let details = description.details {
            facts.add("Began", details.began)
            facts.add("Threads", "\(details.threads)")
            if let output = details.output { facts.add("Checkpoint", output, isCode: true) }
            facts.add("Validation images", details.validation, isCode: true)
        }
        facts.add("zoo", description.zoo)
        return facts
    }

    private var settings: FactList {
        var facts = FactList()
        for (name, value) in description.settings.sorted(by: { $0.key < $1.key }) {
            facts.add("--\(name)", value.isEmpty ? "–" : value)
        }
        return facts
    }
}
