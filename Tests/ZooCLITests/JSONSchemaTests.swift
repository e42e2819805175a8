import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import ZooCLI

/// docs/json.md and the program say the same.
@Suite("JSON as documented", .timeLimit(.minutes(3))) struct JSONSchemaTests {
    /// Calls of a command that show all of its fields. `FIXTURES` stands for the fixtures' folder.
    struct Calls: CustomTestStringConvertible {
        let section: String
        let arguments: [String]
        /// Rows that nothing here can show.
        var hidden: Set<String> = []

        var testDescription: String { section }
    }

    private static let quick = "finetune photos --model resnet14-shapes --json"

    static let calls = [
        Calls(section: "zoo list", arguments: ["list"]),
        Calls(
            section: "zoo info", arguments: ["info resnet18", "info resnet14-shapes", "info mobilenet_v1_x0_25"]),
        Calls(section: "zoo info --graph", arguments: ["info resnet14-shapes --graph"]),
        Calls(section: "zoo fetch", arguments: ["fetch resnet14-shapes --force", "fetch resnet18 --dry-run"]),
        Calls(section: "zoo verify", arguments: ["verify --dry-run"]),
        Calls(section: "zoo cache dir", arguments: ["cache dir"]),
        Calls(section: "zoo cache list", arguments: ["cache list"]),
        Calls(
            section: "zoo cache remove",
            arguments: ["cache remove broken.pth -y", "cache remove resnet14-shapes --dry-run"]),
        Calls(section: "zoo cache prune", arguments: ["cache prune --unregistered --dry-run"]),
        Calls(
            section: "zoo inspect",
            arguments: ["dtypes", "quantised", "bits", "views", "training", "jagged", "lazy", "wrapper"].map {
                "inspect FIXTURES/checkpoints/\($0).pth --digest --stats"
            } + ["inspect partly.safetensors", "inspect FIXTURES/checkpoints/state-dict.pth"]),
        Calls(section: "zoo scan", arguments: ["scan evil.pkl FIXTURES/checkpoints/dtypes.pth text.zip"]),
        Calls(
            section: "zoo convert",
            arguments: ["convert FIXTURES/checkpoints/all.safetensors half.pth --dtype float16 --force"]),
        Calls(
            section: "zoo diff", arguments: ["diff a.safetensors b.safetensors", "diff a.safetensors c.safetensors"],
            // Quantised and sparse tensors, which CheckpointDiffTests compares.
            hidden: ["zoo diff.redescribed[]"]),
        Calls(
            section: "zoo pretrain",
            arguments: ["pretrain photos --model resnet14-shapes --epochs 1 -o p.pth --overwrite"],
            hidden: ["zoo pretrain.earlyEnding"]),
        Calls(
            section: "zoo finetune",
            arguments: [
                quick + " --head-only --epochs 2 -o head.pth --overwrite",
                quick + " --head-only --epochs 30 --patience 1 --lr 1e-12 -o other.pth --overwrite",
                quick + " --head-only --head knn -o knn.pth --overwrite",
                "finetune both.csv --tasks shape,side --model resnet14-shapes --head-only --epochs 1 -o two.pth --json",
            ]),
        Calls(section: "zoo finetune --plan", arguments: [quick + " --plan --freeze layer1"]),
        Calls(section: "zoo finetune --lr-find", arguments: [quick + " --lr-find --head-only --html rates.html"]),
        Calls(section: "zoo finetune --folds", arguments: [quick + " --folds 2 --head-only --epochs 1 --run folds"]),
        Calls(
            section: "zoo finetune --compare-scratch",
            arguments: [quick + " --compare-scratch --epochs 1 -o both.pth --overwrite"]),
        Calls(
            section: "zoo tune",
            arguments: [
                "tune photos --model resnet14-shapes --head-only --epochs 1 --trials 2 --space lr=log(1e-3,1) -o t.pth"
                    + " --overwrite"
            ],
            hidden: ["zoo tune.trials[].failure"]),
        Calls(
            section: "zoo distill",
            arguments: [
                "distill head.pth photos --student resnet14-shapes --epochs 1 -o student.pth --overwrite"
            ]),
        Calls(
            section: "zoo prune",
            arguments: ["prune head.pth photos --macs 0.6 --align 4 --epochs 1 -o small.pth --overwrite"]),
        Calls(
            section: "zoo quantize", arguments: ["quantize head.pth photos --images 8 --agree 0.9 -o int8.pth"],
            // A network so small loses nothing.
            hidden: ["zoo quantize.kept[]"]),
        Calls(
            section: "zoo ensemble average",
            arguments: ["ensemble average head.pth head.pth --data photos", "ensemble average head.pth head.pth"],
            hidden: ["zoo ensemble average.outOfBagAccuracy", "zoo ensemble average.outOfFoldAccuracies"]),
        Calls(section: "zoo ensemble vote", arguments: ["ensemble vote head.pth head.pth --data photos"]),
        Calls(
            section: "zoo ensemble bag",
            arguments: ["ensemble bag photos --model resnet14-shapes --head-only --epochs 1 --members 2 -o b.pth"]),
        Calls(
            section: "zoo ensemble stack",
            arguments: ["ensemble stack head.pth head.pth --data photos --prefit --folds 2"]),
        Calls(
            section: "zoo ensemble soup",
            arguments: ["ensemble soup head.pth head.pth --greedy photos", "ensemble soup head.pth head.pth"]),
        Calls(
            section: "zoo learning-curve",
            arguments: [
                "learning-curve photos --model resnet14-shapes --head-only --epochs 1 --shares 0.4,0.6,0.8,1 --html c.html"
            ],
            // Six images a class follow no law, and the errors may be none.
            hidden: [
                "zoo learning-curve.lastPrediction", "zoo learning-curve.powerLaw",
            ]),
        Calls(
            section: "zoo report", arguments: ["report head.pth"],
            hidden: ["zoo report.folds", "zoo report.trials", "zoo report.steps"]),
        Calls(
            section: "zoo explain",
            arguments: ["explain resnet14-shapes photos/val/heart/0.png -o explained --method gradcam,occlusion"]),
        Calls(
            section: "zoo evaluate",
            arguments: ["evaluate head.pth photos --slices --html page.html", "evaluate both.pth photos"]),
        Calls(
            section: "zoo evaluate, several tasks",
            arguments: ["evaluate tasks.pth both.csv --slices --html page.html"]),
        Calls(
            section: "zoo predict, several tasks",
            arguments: ["predict tasks.pth photos/val/heart/0.png --logits"]),
        Calls(section: "zoo predict", arguments: ["predict head.pth photos/val/heart/0.png --logits"]),
        Calls(section: "zoo features", arguments: ["features resnet14-shapes photos -o features.safetensors"]),
        Calls(
            section: "zoo data check",
            arguments: [
                "data check photos --model resnet14-shapes --neighbours 1", "data check odd",
                "data check photos --model resnet14-shapes --label-errors --folds 2 --html labels.html",
            ]),
        Calls(section: "zoo data preview", arguments: ["data preview photos/val -o sheet.png"]),
        Calls(section: "zoo doctor", arguments: ["doctor"], hidden: ["zoo doctor.build.commit"]),
    ]

    @Test(.slow, arguments: calls)
    func everyDocumentIsAsTheTableSays(_ calls: Calls) async throws {
        let zoo = try await JSONSchemaFixture.make(
            hasHead: calls.arguments.contains { $0.contains(" head.pth") && !$0.contains("-o head.pth") },
            hasTasks: calls.arguments.contains { $0.contains(" tasks.pth") })
        let schema = try JSONSchema()
        for text in calls.arguments {
            let words = text.split(separator: " ").map {
                $0.replacingOccurrences(of: "FIXTURES", with: Fixture.file("x").removingLastComponent().string)
            }
            let outcome = try await zoo.run(words.contains("--json") ? words : words + ["--json"])
            #expect([0, 1, 5].contains(outcome.status), "zoo \(text): \(outcome.errors)")
            guard !outcome.output.isEmpty else { continue }
            let differences = schema.differences(try outcome.json(JSONValue.self), section: calls.section)
            #expect(differences.isEmpty, "zoo \(text)")
        }
        let unseen = Set(schema.unseen(calls.section)).subtracting(calls.hidden)
        #expect(unseen.isEmpty, "rows that no document had: remove them, or add a call that shows them")
    }

    @Test func everyCommandWithAResultIsDocumentedAndCalled() throws {
        let schema = try JSONSchema()
        #expect(schema.faults.isEmpty)
        func below(_ command: CommandDescription, _ path: String) -> [String] {
            let hasResult = (command.arguments ?? []).contains { $0.names?.contains { $0.name == "json" } ?? false }
            return (hasResult ? [path] : [])
                + command.shownSubcommands.flatMap { below($0, "\(path) \($0.commandName)") }
        }
        let commands = try below(ToolDescription.ofZoo().command, "zoo")
        #expect(commands.count > 15)
        for command in commands { #expect(schema.sections[command] != nil, "docs/json.md has no section '\(command)'") }
        #expect(Set(schema.sections.keys) == Set(Self.calls.map(\.section)), "every section has calls here")
    }

    @Test func everyExampleIsAsItsTableSays() throws {
        let schema = try JSONSchema()
        #expect(schema.examples.count > 20)
        for (section, text) in schema.examples {
            let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
            #expect(schema.differences(value, section: section).isEmpty, "the example of \(section)")
        }
    }

    /// Standard output has a whole document or nothing; what went wrong is on standard error.
    @Test(arguments: [
        ["inspect", "nowhere.pth"], ["info", "no-such-model"], ["fetch", "x", "--dry-run"],
        ["predict", "nowhere.pth", "x.png"],
    ])
    func aCommandThatFailsPrintsNoDocument(_ arguments: [String]) async throws {
        let outcome = try await ZooProcess().run(arguments + ["--json"])
        #expect(outcome.status > 1 && outcome.output.isEmpty && outcome.errors.hasPrefix("error: "))
    }
}
