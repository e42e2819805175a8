extension Graph {
    /// The network up to one of its nodes, whose result is then the network's: what a layer sees in images.
    ///
    /// It has no ``head``, and what the node does not depend on is gone.
    ///
    /// - Throws: ``GraphError`` (`malformed`) if there is no such node.
    /// - Complexity: O(nodes).
    public func ending(at output: Int) throws(GraphError) -> Graph {
        guard nodes.indices.contains(output) else {
            throw GraphError(.malformed, place: name, "the output, node \(output), does not exist")
        }
        var isNeeded = nodes.map { _ in false }
        isNeeded[0] = true
        isNeeded[output] = true
        for index in nodes.indices.reversed() where isNeeded[index] {
            for input in nodes[index].inputs { isNeeded[input] = true }
        }
        var newIndices: [Int: Int] = [:]
        var kept: [Node] = []
        for (index, node) in nodes.enumerated() where isNeeded[index] {
            newIndices[index] = kept.count
            kept.append(
                Node(name: node.name, operation: node.operation, inputs: node.inputs.compactMap { newIndices[$0] }))
        }
        return try Graph(
            name: name, nodes: kept, output: kept.count - 1, listing: listing.compactMap { newIndices[$0] })
    }

    /// The same network with a learnt image added to the result of a node: the derivative by that image is the derivative
    /// by the result.
    ///
    /// - Parameters:
    ///   - index: the node.
    ///   - map: the image, of the size and the channels of the node's result for one image.
    ///   - name: the name of the image's node, which no other has.
    /// - Throws: ``GraphError`` (`malformed`) if there is no such node.
    /// - Complexity: O(nodes).
    public func adding(_ map: LearntMap, named name: String, to index: Int) throws(GraphError) -> Graph {
        guard nodes.indices.contains(index) else {
            throw GraphError(.malformed, place: self.name, "node \(index) does not exist")
        }
        func moved(_ node: Int) -> Int { node < index ? node : node + 2 }
        let before = nodes[...index]
        let after = nodes[(index + 1)...].map { node in
            Node(name: node.name, operation: node.operation, inputs: node.inputs.map(moved))
        }
        let added = [
            Node(name: name, operation: .learntMap(map), inputs: []),
            Node(name: "\(name) → add", operation: .add(Add()), inputs: [index, index + 1]),
        ]
        return try Graph(
            name: self.name, nodes: before + added + after, output: moved(output), head: head?.prefix,
            listing: listing.map { $0 <= index ? $0 : $0 + 2 } + [index + 1, index + 2])
    }
}
