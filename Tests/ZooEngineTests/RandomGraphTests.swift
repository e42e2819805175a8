import TestSupport
import Testing
import ZooEngine
import ZooGraph

/// Networks that nobody would build, to find fusions and shared memory that go wrong.
@Suite struct RandomGraphTests {
    /// Draws numbers below a bound, the same for the same seed.
    struct Dice {
        var numbers: [Double]

        init(_ seed: Int) { numbers = Seeded.uniform("graph \(seed)", 400) }

        mutating func roll(_ bound: Int) -> Int { Int((numbers.popLast() ?? 0) * Double(bound)) }

        mutating func pick<Element>(_ elements: [Element]) -> Element { elements[roll(elements.count)] }
    }

    /// A network whose values all keep the size of the image, so that any two with the same channels may be added.
    static func graph(_ seed: Int) throws -> Graph {
        var dice = Dice(seed)
        var net = GraphBuilder("random \(seed)", inputChannels: dice.pick([1, 3, 16]))
        var values = [net.input]
        for index in 0..<(4 + dice.roll(14)) {
            // Recent values more often, so that chains form.
            let x = dice.roll(3) > 0 ? values[values.count - 1] : dice.pick(values)
            let name = "n\(index)"
            switch dice.roll(10) {
            case 0, 1:
                values.append(
                    net.convolution(
                        name, x, channels: dice.pick([8, 16, 20]), kernel: 3, padding: 1, bias: dice.roll(2) > 0))
            case 2: values.append(net.convolution(name, x, channels: x.channels, kernel: 1))
            case 3:
                values.append(net.convolution(name, x, channels: x.channels, kernel: 3, padding: 1, groups: x.channels))
            case 4: values.append(net.batchNorm(name, x))
            case 5: values.append(net.activation(dice.pick([.relu, .leakyRelu(slope: 0.2)]), x))
            case 6: values.append(net.maxPool(x, kernel: 3, stride: 1, padding: 1))
            case 9: values.append(net.dropout(name, x, 0.5, dropsSamples: dice.roll(2) > 0))
            default:
                let partner = dice.pick(values.filter { $0.channels == x.channels })
                values.append(dice.roll(2) > 0 ? net.add(x, partner) : net.add(partner, x))
            }
        }
        var x = values[values.count - 1]
        if dice.roll(2) > 0 { x = net.linear("fc", net.flatten(net.globalAveragePool(x)), outputs: 3) }
        return try net.graph(output: x)
    }

    @Test("any graph runs as its reference", arguments: Array(0..<120).thinned(to: 24))
    func random(seed: Int) throws {
        let difference = try Self.graph(seed).differenceFromReference(
            batch: 1 + seed % 3, height: 6 + seed % 5, width: 9,
            options: EngineOptions(threads: 1, exact: seed % 2 == 0))
        #expect(difference.relative < 2e-5, "\(difference)")
    }
}
