import Glibc

/// What logistic regression and linear support vector machines make small: ½·‖w‖² + C · Σ loss over images, in float64.
///
/// Divided by C · images, so that it is of the size of a loss. Both are convex, and the penalty makes the minimum the only
/// one; L-BFGS finds it, and the gradient there says how near it came. Features are looked at less their mean, which
/// changes the bias alone: without it the mean of what a ReLU left dominates the curvature, and many more steps are needed.
struct PenalisedLinearProblem {
    /// What is summed.
    enum RowLoss {
        /// Cross-entropy of softmax.
        case softmax
        /// Σ over classes of max(0, 1 − y·z)², y = ±1: each class against the rest.
        case squaredHinge
    }

    let train: FeatureSet
    let classCount: Int
    let loss: RowLoss
    /// scikit-learn's `C`.
    let c: Double
    /// How often ½·‖w‖² counts.
    let penaltyCount: Double
    /// Whether the biases are penalised like weights.
    let penalisesBias: Bool

    private static let rowsAtOnce = 512

    /// The minimum and how sure it is.
    struct Solution {
        /// The head, rounded to float32.
        let head: LinearHead
        /// Weights, class by class, then biases.
        let parameters: [Double]
        /// What was made small, there.
        let objective: Double
        /// The largest derivative of it there.
        let gradientNorm: Double
        /// How many steps were taken.
        let iterationCount: Int
    }

    /// Finds the minimum.
    ///
    /// - Throws: ``TrainingError`` (`diverged`) if it is not found in 20,000 steps, or features are no numbers.
    func solve(onStep: (Double) throws -> Void) throws -> Solution {
        let centre = train.features.columnMeans()
        var options = LBFGS.Options()
        (options.maxIterations, options.maxEvaluations) = (20_000, 60_000)
        (options.gradientTolerance, options.changeTolerance) = (1e-9, 1e-24)
        (options.historySize, options.curvatureTolerance) = (30, 1e-24)
        options.lossNoise = 1e-14
        let width = train.features.columnCount
        var parameters = [Double](repeating: 0, count: classCount * (width + 1))
        let outcome = try LBFGS(options).minimise(&parameters, onIteration: { try onStep($0.loss) }) {
            evaluate($0, centre)
        }
        let (objective, gradient) = evaluate(parameters, centre)
        let norm = Double.largestMagnitude(gradient.span)
        // Where float64 itself allows no further step, the gradient is as good as zero.
        guard outcome.ending != .notFinite, norm <= 1e-6 else {
            throw TrainingError(
                .diverged,
                "the head's optimum was not found: after \(outcome.iterationCount) steps the gradient is \(norm); "
                    + "take a smaller --head-c, or look at the features")
        }
        let biases = biases(parameters, centre)
        let weights = Array(parameters[..<(classCount * width)])
        return Solution(
            head: LinearHead(
                weight: Matrix(rowCount: classCount, columnCount: width, values: weights.map { Float($0) }),
                bias: biases.map { Float($0) }),
            parameters: weights + biases, objective: objective, gradientNorm: norm,
            iterationCount: outcome.iterationCount)
    }

    /// The biases for features that are not centred.
    private func biases(_ parameters: [Double], _ centre: [Double]) -> [Double] {
        let width = centre.count
        return (0..<classCount).map { index in
            parameters[classCount * width + index]
                - (0..<width).reduce(0) { $0 + parameters[index * width + $1] * centre[$1] }
        }
    }

    private func evaluate(_ parameters: [Double], _ centre: [Double]) -> (loss: Double, gradient: [Double]) {
        let width = centre.count
        let weight = ExactMatrix(
            rowCount: classCount, columnCount: width, values: Array(parameters[..<(classCount * width)]))
        var gradient = [Double](repeating: 0, count: parameters.count)
        var sum = 0.0
        for first in stride(from: 0, to: train.count, by: Self.rowsAtOnce) {
            let rows = first..<min(first + Self.rowsAtOnce, train.count)
            let features = ExactMatrix(train.features, rows: rows, minus: centre)
            var responses = ExactMatrix.product(features, .asIs, weight, .transposed)
            for row in rows {
                let start = (row - first) * classCount
                for index in 0..<classCount {
                    responses.values[start + index] += parameters[classCount * width + index]
                }
                sum += differentiate(&responses.values, start, label: train.labels[row])
                for index in 0..<classCount { gradient[classCount * width + index] += responses.values[start + index] }
            }
            let slopes = ExactMatrix.product(responses, .transposed, features, .asIs)
            for index in slopes.values.indices { gradient[index] += slopes.values[index] }
        }
        let penalty = addPenalty(&gradient, parameters, centre)
        let scale = 1 / (c * Double(max(train.count, 1)))
        for index in gradient.indices { gradient[index] *= scale }
        return ((c * sum + penalty) * scale, gradient)
    }

    /// Multiplies the derivatives of the losses by C and adds those of the penalty, which is returned.
    private func addPenalty(_ gradient: inout [Double], _ parameters: [Double], _ centre: [Double]) -> Double {
        let width = centre.count
        var squares = 0.0
        for index in 0..<classCount * width {
            gradient[index] = c * gradient[index] + penaltyCount * parameters[index]
            squares += parameters[index] * parameters[index]
        }
        for index in classCount * width..<gradient.count { gradient[index] *= c }
        guard penalisesBias else { return penaltyCount / 2 * squares }
        for (index, bias) in biases(parameters, centre).enumerated() {
            squares += bias * bias
            gradient[classCount * width + index] += penaltyCount * bias
            for column in 0..<width { gradient[index * width + column] -= penaltyCount * bias * centre[column] }
        }
        return penaltyCount / 2 * squares
    }

    /// Puts the derivatives of a row's loss in the place of its responses, and returns the loss.
    private func differentiate(_ values: inout [Double], _ start: Int, label: Int) -> Double {
        let row = start..<start + classCount
        switch loss {
        case .softmax:
            let largest = row.reduce(-Double.infinity) { max($0, values[$1]) }
            let right = values[start + label] - largest
            var sum = 0.0
            for index in row {
                values[index] = exp(values[index] - largest)
                sum += values[index]
            }
            for index in row { values[index] /= sum }
            values[start + label] -= 1
            return log(sum) - right
        case .squaredHinge:
            var loss = 0.0
            for index in row {
                let sign: Double = index == start + label ? 1 : -1
                let miss = max(0, 1 - sign * values[index])
                loss += miss * miss
                values[index] = -2 * sign * miss
            }
            return loss
        }
    }
}
