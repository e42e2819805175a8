public import ZooTensor

extension Graph {
    /// No image side and no batch may be larger; far above anything useful, and products of a few of them fit an `Int`.
    private static let largestSize = 1 << 20

    /// The shape of every node's result for a batch of images.
    ///
    /// - Returns: As many shapes as there are nodes, in their order.
    /// - Throws: ``GraphError`` (`shapeMismatch`) naming the first node that the images do not fit.
    /// - Complexity: O(nodes).
    public func shapes(batch: Int, height: Int, width: Int) throws(GraphError) -> [Shape] {
        guard [batch, height, width].allSatisfy({ 1...Self.largestSize ~= $0 }) else {
            throw GraphError(
                .shapeMismatch, place: name, "a batch of \(batch) images of \(height)×\(width) pixels is impossible")
        }
        var shapes: [Shape] = []
        shapes.reserveCapacity(nodes.count)
        for node in nodes {
            do {
                if case .input(let input) = node.operation {
                    shapes.append(try Shape.checked([batch, input.channels, height, width]))
                } else {
                    shapes.append(try node.operation.definition.outputShape(node.inputs.map { shapes[$0] }))
                }
            } catch {
                throw GraphError(.shapeMismatch, place: "\(name): \(node.name)", error.message)
            }
        }
        return shapes
    }

    /// The side of the smallest square images that the network takes, or `nil` if it takes none.
    ///
    /// - Complexity: O(nodes · log(side)).
    public var minimumInputSize: Int? {
        func fits(_ side: Int) -> Bool { (try? shapes(batch: 1, height: side, width: side)) != nil }
        var upper = 1
        while !fits(upper) {
            upper *= 2
            if upper > 8192 { return exactSize }
        }
        var lower = upper / 2  // does not fit, or is 0
        while upper - lower > 1 {
            let middle = (lower + upper) / 2
            if fits(middle) { upper = middle } else { lower = middle }
        }
        return upper
    }

    /// A network that flattens without pooling takes one size only (or a few); finds the smallest.
    private var exactSize: Int? {
        (1...1024).first { (try? shapes(batch: 1, height: $0, width: $0)) != nil }
    }

    /// How many multiplications followed by an addition one image costs, as torchvision's `GFLOPS` (times 10⁹).
    ///
    /// - Throws: ``GraphError`` (`shapeMismatch`) if images of that size do not fit.
    /// - Complexity: O(nodes).
    public func multiplyAdds(height: Int, width: Int) throws(GraphError) -> Int {
        zip(nodes, try shapes(batch: 1, height: height, width: width)).reduce(0) { sum, step in
            let (total, overflow) = sum.addingReportingOverflow(
                step.0.operation.definition.multiplyAdds(output: step.1))
            return overflow ? .max : total
        }
    }
}
