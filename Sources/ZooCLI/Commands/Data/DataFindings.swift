import SystemPackage
import ZooImage
import ZooTraining

/// What `zoo data check` found, for people and for scripts.
struct DataFindings {
    /// An image whose label looks wrong.
    struct Suspect {
        let index: Int
        let suggestion: Int
        let neighbours: [Int]
        let similarity: Float
    }

    /// What confident learning found.
    struct LabelErrors {
        let learning: ConfidentLearning
        /// The index of each of its rows in the report.
        let indices: [Int]
    }

    let splits: ImageSplits
    let report: DataReport
    /// `nil` where no network was asked.
    let suspects: [Suspect]?
    /// `nil` where it was not asked for.
    var labelErrors: LabelErrors?
    /// Where the page about them is.
    var page: String?

    var isClean: Bool {
        report.isClean && (suspects ?? []).isEmpty && (labelErrors?.learning.candidates ?? []).isEmpty
    }

    var classes: [String] { splits.train.classes }

    /// How many times as many training images the largest class has as the smallest; `nil` if that has none.
    var imbalance: Double? {
        let counts = splits.train.classCounts
        guard let largest = counts.max(), let smallest = counts.min(), smallest > 0 else { return nil }
        return Double(largest) / Double(smallest)
    }

    func path(_ index: Int) -> String { report.samples[index].path.string }
    func label(_ index: Int) -> String { classes[report.samples[index].label] }
}

extension DataFindings {
    /// The result as `--json` prints it.
    struct Document: Encodable {
        struct ClassCount: Encodable {
            let name: String
            let train: Int
            let validation: Int?
        }

        struct Unreadable: Encodable {
            let path: String
            let error: String
        }

        struct Duplicates: Encodable {
            let paths: [String]
            let acrossClasses: Bool
            let acrossSplits: Bool
        }

        struct NearDuplicate: Encodable {
            let train: String
            let validation: String
            let distance: Int
            let sameClass: Bool
        }

        struct Tiny: Encodable {
            let path: String
            let width: Int
            let height: Int
        }

        struct Suspect: Encodable {
            let path: String
            let label: String
            let suggestion: String
            let neighbours: [String]
            let similarity: Float
        }

        struct LabelErrors: Encodable {
            struct Candidate: Encodable {
                let path, label, suggestion: String
                let labelProbability, suggestionProbability: Double
            }

            let noiseShare: Double
            /// By class; of one without images there is none.
            let thresholds: [String: Double]
            let candidates: [Candidate]
        }

        let count: Int
        let classes: [ClassCount]
        let imbalance: Double?
        let unreadable: [Unreadable]
        let duplicates: [Duplicates]
        let nearDuplicates: [NearDuplicate]
        let tiny: [Tiny]
        let oneColour: [String]
        let suspects: [Suspect]?
        let labelErrors: LabelErrors?
        let page: String?
    }

    /// The document for scripts.
    var document: Document {
        let validationCounts = splits.validation?.classCounts
        return Document(
            count: report.samples.count,
            classes: classes.indices.map {
                .init(name: classes[$0], train: splits.train.classCounts[$0], validation: validationCounts?[$0])
            },
            imbalance: imbalance,
            unreadable: report.unreadable.map { .init(path: $0.sample.path.string, error: $0.error.message) },
            duplicates: report.duplicates.map {
                .init(
                    paths: $0.indices.map { path($0) }, acrossClasses: $0.isAcrossClasses,
                    acrossSplits: $0.isAcrossSplits)
            },
            nearDuplicates: report.nearDuplicates.map {
                .init(
                    train: path($0.trainIndex), validation: path($0.validationIndex), distance: $0.distance,
                    sameClass: label($0.trainIndex) == label($0.validationIndex))
            },
            tiny: report.tiny.map { .init(path: path($0.index), width: $0.size.width, height: $0.size.height) },
            oneColour: report.oneColour.map { path($0) },
            suspects: suspects?.map { suspect in
                .init(
                    path: path(suspect.index), label: label(suspect.index), suggestion: classes[suspect.suggestion],
                    neighbours: suspect.neighbours.map { path($0) }, similarity: suspect.similarity)
            }, labelErrors: labelErrors.map { document(of: $0) }, page: page)
    }

    private func document(of errors: LabelErrors) -> Document.LabelErrors {
        Document.LabelErrors(
            noiseShare: errors.learning.noiseShare,
            thresholds: Dictionary(
                zip(classes, errors.learning.thresholds).filter { $0.1.isFinite }, uniquingKeysWith: { $1 }),
            candidates: errors.learning.candidates.map { candidate in
                .init(
                    path: path(errors.indices[candidate.row]), label: classes[candidate.label],
                    suggestion: classes[candidate.suggestion], labelProbability: candidate.labelProbability,
                    suggestionProbability: candidate.suggestionProbability)
            })
    }
}
