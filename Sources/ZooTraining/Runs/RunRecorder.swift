import FoundationEssentials
import SystemPackage
import ZooCore
import ZooImage

/// Writes a run's folder as the training goes on, and finds in it where an earlier training was.
final class RunRecorder {
    private let folder: RunFolder
    private var description: RunDescription
    private let clock = ContinuousClock.now
    /// When the state was saved, in seconds after the beginning; never yet if `nil`.
    private var lastSave: Double?
    private var events: EventFile?
    /// What the best epoch says of the validation images, until it is written.
    private var unsavedPredictions: (epoch: Int, judged: JudgedLogits)?
    /// The images that are judged after each epoch, in the order of the logits; none where rows are no single images.
    private var judged: [ImageSample] = []

    /// A training saves its state after the first epoch, and then, where epochs are quick, no more often than this, in
    /// seconds: the steps in between are repeated, with the same result.
    private static let saveInterval = 2.0

    init(_ folder: RunFolder, _ description: RunDescription) {
        self.folder = folder
        self.description = description
    }

    /// Takes note of the images before the training: those that are judged, and those that cannot be read.
    func note(judged: [ImageSample], failures: [ImageFailure]) {
        self.judged = judged
        description.details?.unreadable = failures.map { "\($0.error)" }
    }

    /// Where an earlier run with the same settings was; `nil` if there is none. Begins the run's files.
    ///
    /// - Throws: ``TrainingError`` (`runExists`) for a run with other settings, naming them; errors of the files.
    func resume() throws -> RunState? {
        do { return try begin() } catch {
            folder.removeIfEmpty()
            throw error
        }
    }

    private func begin() throws -> RunState? {
        try folder.begin()
        var saved: RunState?
        if folder.hasState {
            let known = try requireSameRun()
            if let began = known.details?.began { description.details?.began = began }
            saved = try RunState(folder.file(RunFolder.stateName))
        }
        // The metrics are written anew: there may be lines of epochs that the state does not have.
        try folder.clear([RunFolder.metricsName])
        try description.write(to: folder)
        let known = saved?.outcome.epochs ?? []
        events = try EventFile(at: folder.file(EventFile.name), wallTime: Self.wallTime, before: known.count + 1)
        for record in known { try appendMetrics(record) }
        return saved
    }

    /// Takes note of an epoch.
    func record(_ record: EpochRecord, _ outcome: TrainingLoop.Outcome, _ learner: any Learner) throws {
        try appendMetrics(record)
        try events?.append(RunEvent(record, wallTime: Self.wallTime))
        if let lastSave, clock.secondsUntilNow - lastSave < Self.saveInterval { return }
        try save(outcome, learner)
        lastSave = clock.secondsUntilNow
    }

    /// Keeps what an epoch, the best so far, says of the validation images; it is written with the state.
    func keep(_ judgement: JudgedLogits, ofEpoch epoch: Int) {
        if !judged.isEmpty { unsavedPredictions = (epoch, judgement) }
    }

    /// Writes what the best epoch says of each image, where that was not written yet.
    func savePredictions() throws {
        guard let (epoch, answers) = unsavedPredictions else { return }
        try JSONLines.write(
            ImagePrediction.all(answers, judged, epoch: epoch), to: folder.file(RunFolder.predictionsName))
        unsavedPredictions = nil
    }

    /// Takes note of the end.
    func finish(_ outcome: TrainingLoop.Outcome, _ learner: any Learner) throws {
        try save(outcome, learner)
        description.isFinished = true
        description.ending = RunEnding(
            bestEpoch: outcome.bestEpoch, reason: outcome.ending?.reason, seconds: clock.secondsUntilNow)
        try description.write(to: folder)
    }

    /// Saves what a resumed run needs.
    private func save(_ outcome: TrainingLoop.Outcome, _ learner: any Learner) throws {
        // Before the state: a resumed run repeats the epochs that the state does not have, and comes to the same.
        try savePredictions()
        try RunState(state: try learner.state(), outcome: outcome).write(to: folder.file(RunFolder.stateName))
    }

    private static var wallTime: Double { Date().timeIntervalSince1970 }

    private func requireSameRun() throws -> RunDescription {
        let known = try RunDescription(ofRunIn: folder.path)
        let differences = description.differences(from: known)
        guard differences.isEmpty else {
            throw TrainingError(
                .runExists,
                "\(folder.path): the run there cannot be resumed with these settings: "
                    + "\(differences.joined(separator: "; ")); use the same, or --overwrite, or another --run")
        }
        return known
    }

    private func appendMetrics(_ record: EpochRecord) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let path = folder.file(RunFolder.metricsName)
        do {
            let file = try FileDescriptor.open(
                path, .writeOnly, options: [.append, .create], permissions: [.ownerReadWrite, .groupRead, .otherRead])
            try file.closeAfter { _ = try file.writeAll(encoder.encode(record) + [0x0a]) }
        } catch let error as Errno {
            throw FileError(.write, path, error)
        }
    }
}

extension RunEvent {
    /// What TensorBoard draws of an epoch.
    fileprivate init(_ record: EpochRecord, wallTime: Double) {
        let values = [
            ("loss/train", record.trainLoss), ("loss/val", record.valLoss), ("accuracy/train", record.trainAccuracy),
            ("accuracy/val", record.valAccuracy), ("f1/val", record.val.macro.f1),
            ("calibration_error/val", record.val.calibrationError),
        ]
        let tasks = (record.tasks ?? []).flatMap { task in
            [
                ("loss/train/\(task.name)", task.trainLoss), ("loss/val/\(task.name)", task.valLoss),
                ("accuracy/train/\(task.name)", task.trainAccuracy), ("accuracy/val/\(task.name)", task.valAccuracy),
            ]
        }
        let rates = record.learningRates.sorted { $0.key < $1.key }.map { Scalar("learning_rate/\($0.key)", $0.value) }
        self.init(
            wallTime: wallTime, step: record.epoch, scalars: (values + tasks).map { Scalar($0.0, Float($0.1)) } + rates)
    }
}
