import ZooTensor

/// A head with its gradients.
final class HeadParameters<Head: DifferentiableHead>: LearntParameters {
    private(set) var head: Head
    let prefix: String
    private var gradients: [[Float]]
    let names: [String]

    init(_ head: Head, prefix: String) {
        self.head = head
        self.prefix = prefix
        var (names, gradients): ([String], [[Float]]) = ([], [])
        var copy = head
        copy.visitParameters { name, values in
            names.append("\(prefix).\(name)")
            gradients.append(Array(repeating: 0, count: values.count))
        }
        (self.names, self.gradients) = (names, gradients)
    }

    /// How many elements each parameter has.
    var elementCounts: [String: Int] {
        Dictionary(uniqueKeysWithValues: zip(names, gradients).map { ($0, $1.count) })
    }

    /// The parameters by their whole names.
    var tensors: [String: Tensor] {
        Dictionary(uniqueKeysWithValues: head.tensors(prefix: prefix).map { ($0.name, $0.tensor) })
    }

    /// Takes the gradients of a batch, or adds them to those that are there.
    func take(_ slopes: [[Float]], adding: Bool) {
        guard adding else {
            gradients = slopes
            return
        }
        for number in gradients.indices {
            for index in gradients[number].indices { gradients[number][index] += slopes[number][index] }
        }
    }

    func move(_ change: (String, inout MutableSpan<Float>, Span<Float>) -> Void) {
        var number = 0
        head.visitParameters { _, values in
            Self.visit(names[number], &values, gradients[number], change)
            number += 1
        }
    }

    func changeGradients(_ change: (String, inout MutableSpan<Float>, Span<Float>) -> Void) {
        var number = 0
        var copy = head
        copy.visitParameters { _, values in
            Self.visit(names[number], &gradients[number], values, change)
            number += 1
        }
    }

    private static func visit(
        _ name: String, _ changed: inout [Float], _ read: [Float],
        _ change: (String, inout MutableSpan<Float>, Span<Float>) -> Void
    ) {
        var span = changed.mutableSpan
        change(name, &span, read.span)
    }

    /// Gives the parameters other values.
    ///
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`) if one is missing or has another size.
    func replace(_ tensors: [String: Tensor]) throws {
        var number = 0
        var others = head
        try others.visitParameters { _, values in
            let known = try tensors[names[number]]?.float32Values()
            guard let known, known.count == values.count else {
                throw TrainingError.unfitState("'\(names[number])' of the head is missing or has another size")
            }
            values = known
            number += 1
        }
        head = others
    }
}
