import TestSupport
import Testing

@Suite("options of zoo finetune that do not go together") struct FinetuneMistakeTests {
    static let mistakes: [(options: [String], says: String)] = [
        (["--plan", "--lr-find"], "exclude each other"), (["--folds", "1"], "--folds must be at least 2"),
        (["--lr-find", "-o", "a.pth"], "leave out -o and --resume"),
        (["--plan", "--resume"], "leave out -o and --resume"),
        (["--lr-find", "--run", "a.run"], "leave no run; leave out --run"),
        (["--plan", "--run", "a.run"], "leave no run; leave out --run"),
        (["--plan", "--overwrite"], "leave no run; leave out --run"),
        (["--lr-find", "--no-report"], "leave no run; leave out --run"),
        (["--html", "a.html"], "--html goes with --lr-find"),
        (["--plan", "--html", "a.html"], "--html goes with --lr-find"),
    ]

    @Test(arguments: mistakes)
    func theyAreRefusedWithAReason(_ options: [String], _ says: String) async throws {
        let zoo = try ZooProcess()
        let outcome = try await zoo.run(["finetune", "photos"] + options)
        #expect(outcome.status == 2 && outcome.output.isEmpty)
        #expect(outcome.errors.contains(says), "\(outcome.errors)")
        #expect(try zoo.folder.contents() == [])
    }
}
