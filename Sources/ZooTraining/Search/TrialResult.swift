/// What one training of a search gave, a line of `trials.jsonl`.
public struct TrialResult: Sendable, Hashable, Codable {
    /// The number of the setting within the search, from 1.
    public let number: Int
    /// The setting.
    public let setting: SearchSetting
    /// The round of successive halving, from 1.
    public let round: Int
    /// How many epochs it was given.
    public let epochs: Int
    /// The best validation accuracy, as a fraction; the mean over folds where there are some; `nil` if there is none.
    public let accuracy: Double?
    /// The validation loss of the same epochs.
    public let loss: Double?
    /// The epoch of the best accuracy of each fold, or of the one training.
    public let bestEpochs: [Int]
    /// How long it took.
    public let seconds: Double
    /// Why there is no accuracy: the setting makes no sense, or the loss was no number.
    public let failure: String?

    /// The result of a trial.
    public init(
        _ trial: PlannedTrial, accuracy: Double?, loss: Double?, bestEpochs: [Int], seconds: Double,
        failure: String? = nil
    ) {
        number = trial.number
        setting = trial.setting
        round = trial.round
        epochs = trial.epochs
        self.accuracy = accuracy
        self.loss = loss
        self.bestEpochs = bestEpochs
        self.seconds = seconds
        self.failure = failure
    }

    /// Whether this is the better result: more accurate, then of less loss, then the earlier one. One of a later round, with
    /// more epochs, is better than one that was left behind.
    public func isBetter(than other: TrialResult) -> Bool {
        guard let accuracy else { return false }
        guard let otherAccuracy = other.accuracy else { return true }
        if round != other.round { return round > other.round }
        if accuracy != otherAccuracy { return accuracy > otherAccuracy }
        let (mine, theirs) = (loss ?? .infinity, other.loss ?? .infinity)
        return mine != theirs ? mine < theirs : number < other.number
    }
}
