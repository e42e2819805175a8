import FoundationEssentials
import SystemPackage
import ZooCore
import ZooImage
import ZooTraining

/// A `zoo tune` whose images were found.
struct TuneWork {
    let command: TuneCommand
    let options: TrialOptions
    let session: Session
    let console: Console
    let splits: DataArgument.Splits

    /// The time is over.
    private struct BudgetEnded: Error {}

    /// What a search has at hand while it goes on.
    private struct State {
        var results: [TrialResult]
        /// Trials of an earlier, interrupted search, by number and round.
        var known: [[Int]: TrialResult]
        var networks = TrialNetworks()
        let deadline: ContinuousClock.Instant?
        var isOver = false
    }

    func run() throws {
        let start = ContinuousClock.now
        let epochs = options.base.epochCount
        let plan = try SearchPlan(
            options.space, method: command.method, epochs: epochs, seed: command.seed, meaning: TrialOptions.meaning)
        let folder = try SearchFolder(
            FilePath(command.folder ?? "\(FinetuneCommand.dataName(FilePath(command.data))).tune"), description,
            existing: command.resume ? .resume : command.overwrite ? .overwrite : .refuse)
        console.message(introduction(plan))
        var state = State(
            results: [], known: Dictionary(folder.known.map { ([$0.number, $0.round], $0) }) { $1 },
            deadline: command.budget.map { start + .seconds($0.seconds) })
        let progress = ProgressLine(console)
        do { try search(plan, folder, &state, progress) } catch let interruption as InterruptionError {
            progress.clear()
            console.message("the same command with --resume goes on with the next trial")
            throw interruption
        }
        progress.clear()
        try finish(plan, folder, state, seconds: start.secondsUntilNow)
    }

    private func search(
        _ plan: SearchPlan, _ folder: SearchFolder, _ state: inout State, _ progress: ProgressLine
    ) throws {
        var round = plan.firstRound
        while !round.isEmpty, !state.isOver {
            var results: [TrialResult] = []
            for trial in round where !state.isOver {
                let result: TrialResult
                if let known = state.known[[trial.number, trial.round]], known.setting == trial.setting {
                    result = known
                } else {
                    do { result = try judge(trial, gives: plan.roundCount > 1, &state) } catch is BudgetEnded {
                        state.isOver = true
                        break
                    }
                    try folder.append(result)
                }
                results.append(result)
                state.results.append(result)
                show(result, state, of: plan.trialCount, progress)
            }
            round = results.count == round.count ? plan.round(after: results) : []
        }
    }

    /// Trains with a setting, once or once for each fold.
    private func judge(_ trial: PlannedTrial, gives epochs: Bool, _ state: inout State) throws -> TrialResult {
        let clock = ContinuousClock.now
        var outcomes: [FineTuner.Outcome] = []
        do {
            let finetune = try options.command(trial.setting, epochs: epochs ? trial.epochs : nil)
            let network = try state.networks.network(of: finetune, session: session, console: console)
            for parts in folds {
                let tuner = try tuner(finetune, network, parts)
                let deadline = state.deadline
                outcomes.append(
                    try tuner.train(on: parts.train, validation: parts.validation) { _ in
                        try Interruption.check()
                        if let deadline, ContinuousClock.now > deadline { throw BudgetEnded() }
                    })
            }
        } catch let error as TrainingError where error.code == .diverged {
            return TrialResult(
                trial, accuracy: nil, loss: nil, bestEpochs: [], seconds: clock.secondsUntilNow,
                failure: error.message)
        } catch let error as UsageError {
            return TrialResult(
                trial, accuracy: nil, loss: nil, bestEpochs: [], seconds: clock.secondsUntilNow,
                failure: "\(error)")
        }
        let count = Double(outcomes.count)
        return TrialResult(
            trial, accuracy: outcomes.reduce(0) { $0 + $1.bestAccuracy } / count,
            loss: outcomes.reduce(0) { $0 + $1.bestLoss } / count, bestEpochs: outcomes.map(\.bestEpoch),
            seconds: clock.secondsUntilNow)
    }

    private var folds: [DataArgument.Splits] {
        guard let count = command.folds else { return [splits] }
        return splits.whole.folds(count: count, seed: command.seed).map {
            DataArgument.Splits(train: $0.train, validation: $0.validation)
        }
    }

    private func tuner(
        _ finetune: FinetuneCommand, _ network: TrialNetworks.Loaded, _ parts: DataArgument.Splits
    ) throws -> FineTuner {
        FineTuner(
            network.network, joining: network.others, options: try finetune.tunerOptions(network.network, parts),
            running: try finetune.running.runnerOptions(session: session, console: console),
            store: finetune.record.noFeatureCache ? nil : session.featureStore, memory: network.memory)
    }

    private func show(_ result: TrialResult, _ state: State, of total: Int, _ progress: ProgressLine) {
        let best = state.results.filter { $0.round == result.round }.compactMap(\.accuracy).max()
        progress.update(
            "searching", state.results.count, of: total, "trials", note: best.map { "best \(Formatting.percent($0))" })
    }

    private func finish(_ plan: SearchPlan, _ folder: SearchFolder, _ state: State, seconds: Double) throws {
        let ranked = state.results.sorted { $0.isBetter(than: $1) }
        guard let best = ranked.first else {
            throw UsageError(
                "the time was over before one trial had ended; give more than --budget \(command.budget?.seconds ?? 0)s"
            )
        }
        guard best.accuracy != nil else {
            throw UsageError("not one of \(ranked.count) trials could be made; the first: \(best.failure ?? "")")
        }
        let words = try options.arguments(best.setting, epochs: plan.roundCount > 1 ? best.epochs : nil)
        let report = report(folder)
        let answer = TuneAnswer(
            ranked: ranked, planned: plan.trialCount, folder: folder.path.string, command: ["zoo", "finetune"] + words,
            output: command.output, report: report?.string, seconds: seconds)
        if let output = command.output { try write(best, plan, FilePath(output), state) }
        if command.talk.json { return try console.json(answer) }
        console.result(answer.table(of: options.space))
        console.message(answer.summary)
        if hasTestPart {
            console.message(
                "\(command.data)/test was not looked at; judge the result by it once: zoo evaluate FILE \(command.data)/test"
            )
        }
        if let output = command.output { console.result(output) }
    }

    /// Writes the report. The trials matter more: whatever keeps it from being written is a warning.
    private func report(_ folder: SearchFolder) -> FilePath? {
        guard !command.noReport else { return nil }
        do { try folder.writeReport() } catch {
            console.warning("the report could not be written: \(error); 'zoo report \(folder.path)' tries again")
            return nil
        }
        return folder.reportPath
    }

    /// Trains with the best setting once more, and writes what comes out.
    private func write(_ best: TrialResult, _ plan: SearchPlan, _ path: FilePath, _ state: State) throws {
        var networks = state.networks
        let finetune = try options.command(best.setting, epochs: plan.roundCount > 1 ? best.epochs : nil)
        let network = try networks.network(of: finetune, session: session, console: console)
        let parts = command.refit ? DataArgument.Splits(train: splits.whole, validation: splits.validation) : splits
        var tuning = try finetune.tunerOptions(network.network, parts)
        tuning.settings.keepsLastEpoch = command.refit
        let outcome = try FineTuner(
            network.network, joining: network.others, options: tuning,
            running: try finetune.running.runnerOptions(session: session, console: console),
            store: finetune.record.noFeatureCache ? nil : session.featureStore
        ).train(on: parts.train, validation: parts.validation) { _ in try Interruption.check() }
        try outcome.write(
            to: path, network: network.network, classes: parts.train.classes,
            provenance: finetune.provenance(source: network.name, tuning))
    }

    private func introduction(_ plan: SearchPlan) -> String {
        "\(Formatting.count(plan.trialCount, "trial"))"
            + (plan.roundCount > 1 ? " in \(plan.roundCount) rounds" : "")
            + ", judged by \(command.folds.map { "\($0) folds of \(splits.whole.samples.count)" } ?? "\(splits.validation.samples.count)") images"
    }

    /// Whether there are images beside those for validation, to judge the result by.
    private var hasTestPart: Bool {
        let data = FilePath(command.data)
        return ["val", "test"].allSatisfy { FileManager.default.fileExists(atPath: data.appending($0).string) }
    }

    /// What the search follows from, so that only the same one goes on.
    private var description: SearchFolder.Description {
        var description = SearchFolder.Description(
            request: [
                "space": command.space.joined(separator: " "), "search": "\(command.method)", "seed": "\(command.seed)",
                "folds": command.folds.map { "\($0)" } ?? "none", "options": command.others.joined(separator: " "),
                "images": ImageListDigest.digest([splits.train, splits.validation]).hex,
            ], command: CommandLine.arguments, base: ["zoo", "finetune"] + options.baseArguments,
            flags: options.searchedFlags)
        description.meaningless = Dictionary(
            HeadName.allCases.map { ("head=\($0.rawValue)", $0.meaninglessOptions.sorted()) }, uniquingKeysWith: { $1 })
        return description
    }
}
