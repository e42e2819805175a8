import ZooGraph

/// Which steps of a program compute with 8-bit integers, and which of its values are written as such.
///
/// A value is written as integers by a step that can, for a step that takes them; what one of these reads that was
/// written as float32 is rounded on the way. Joined values have one scale, since they become one tensor; so has a
/// largest value and what it was chosen from.
struct QuantisedProgram: Sendable {
    /// For every value the form it has where it is integers, if its limit is known.
    let forms: [IntegerForm?]
    /// The steps that compute with integers.
    let steps: Set<Int>
    /// The values that are written as integers.
    let written: Set<Int>

    init(_ program: Program, _ calibration: Int8Calibration) {
        let names = program.valueNames
        let signs = program.signs
        var groups = Groups(program.steps.indices.map { calibration.limits[names[$0]] }, signs: signs)
        let takers = program.steps.map { $0.takesIntegers(calibration) }
        // What can be integers, from the first step to the last; then what somebody wants so, from the last to the first.
        var possible = Set<Int>()
        for (index, step) in program.steps.enumerated() where index != program.output {
            let isPossible =
                switch step.kernel {
                case .convolution, .linear:
                    takers[index] && calibration.limits[names[index]] != nil
                        && calibration.limits[names[step.inputs[0]]] != nil
                case .maxPool, .concat: step.inputs.allSatisfy(possible.contains)
                default: false
                }
            if isPossible { possible.insert(index) }
        }
        var written = Set<Int>()
        var wanted = Set<Int>()
        for (index, step) in program.steps.enumerated().reversed() {
            if wanted.contains(index), possible.contains(index) { written.insert(index) }
            switch step.kernel {
            case .convolution, .linear:
                if takers[index] { wanted.insert(step.inputs[0]) }
                if written.contains(index), let addend = step.addend { wanted.insert(addend) }
            case .maxPool, .concat:
                guard written.contains(index) else { break }
                wanted.formUnion(step.inputs)
                for input in step.inputs { groups.join(input, index) }
            default: break
            }
        }
        forms = program.steps.indices.map { groups.form(of: $0) }
        self.written = written
        let forms = forms
        steps = Set(program.steps.indices.filter { takers[$0] && forms[program.steps[$0].inputs[0]] != nil })
    }

    /// Values that share a scale.
    private struct Groups {
        private var parents: [Int]
        private var limits: [Float?]
        private var isSigned: [Bool]

        init(_ limits: [Float?], signs: [Bool]) {
            parents = Array(limits.indices)
            self.limits = limits
            isSigned = signs
        }

        private func root(_ value: Int) -> Int {
            var value = value
            while parents[value] != value { value = parents[value] }
            return value
        }

        mutating func join(_ left: Int, _ right: Int) {
            let (left, right) = (root(left), root(right))
            guard left != right else { return }
            parents[right] = left
            isSigned[left] = isSigned[left] || isSigned[right]
            limits[left] = [limits[left], limits[right]].compactMap(\.self).max()
        }

        func form(of value: Int) -> IntegerForm? {
            let root = root(value)
            return limits[root].map { IntegerForm(limit: $0, isSigned: isSigned[root]) }
        }
    }
}

extension Program {
    /// For every value the name of the node whose result it is: the last that was fused into the step. Where two nodes have
    /// one name the later gets a number.
    var valueNames: [String] {
        var nodes = steps.map(\.node)
        for (node, value) in values.enumerated() where value != Self.noValue && !graph.nodes[node].operation.isView {
            nodes[value] = max(nodes[value], node)
        }
        var counts: [String: Int] = [:]
        return nodes.map { node in
            let name = graph.nodes[node].name
            counts[name, default: 0] += 1
            return counts[name] == 1 ? name : "\(name) #\(counts[name] ?? 0)"
        }
    }

    /// For every value whether it may be negative.
    var signs: [Bool] {
        var signs: [Bool] = []
        for step in steps {
            switch (step.activation, step.kernel) {
            case (let function?, _): signs.append(function.mayBeNegative)
            case (nil, .activation(let function)): signs.append(function.mayBeNegative)
            case (nil, .maxPool), (nil, .averagePool), (nil, .globalAveragePool), (nil, .adaptiveAveragePool),
                (nil, .concat), (nil, .channelShuffle), (nil, .channelSlice), (nil, .add), (nil, .multiply):
                signs.append(step.inputs.contains { signs[$0] })
            default: signs.append(true)
            }
        }
        return signs
    }
}

extension Program.Step {
    /// Whether it is a layer whose weights are integers.
    fileprivate func takesIntegers(_ calibration: Int8Calibration) -> Bool {
        switch kernel {
        case .convolution, .linear: calibration.layers.contains(name)
        default: false
        }
    }
}

extension Activation {
    /// Whether some of its results are below zero.
    fileprivate var mayBeNegative: Bool {
        switch self {
        case .relu, .relu6, .sigmoid, .hardSigmoid: false
        case .leakyRelu, .silu, .hardSwish, .gelu, .tanh: true
        }
    }
}
