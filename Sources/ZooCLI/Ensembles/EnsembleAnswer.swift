import ZooTraining

/// The result of `zoo ensemble` as `--json` prints it.
struct EnsembleAnswer: Encodable {
    let output, method: String
    let classes: [String]?
    /// How many networks run for each image.
    let networks: Int
    /// Of the images that it was judged on.
    var count: Int?
    var accuracy, loss: Double?
    var ensemble: EnsembleFacts?
    var outOfBagAccuracy: Double?
    var outOfFoldAccuracies: [Double]?
    var unreadable: [String] = []
    var seconds: Double
}

/// The result of `zoo ensemble soup` as `--json` prints it.
struct SoupAnswer: Encodable {
    struct Ingredient: Encodable {
        let name: String
        let isKept: Bool
        let accuracy, soupAccuracy: Double?
    }

    let output: String
    let ingredients: [Ingredient]
    let accuracy: Double?
    let count: Int?
    let seconds: Double
}
