import ZooCore
import ZooTensor

// Weights as 8-bit integers: `NAME`, int8, and beside it `NAME_scale`, float32, one number for each index of the first
// axis. The same names as compressed-tensors and vLLM have them.
extension StateDict {
    /// What the name of the scales has behind that of the integers.
    public static let scaleSuffix = "_scale"

    /// The names of the tensors of 8-bit integers that have scales.
    ///
    /// - Complexity: O(tensors).
    public var quantisedNames: [String] {
        entries.filter { entry in
            entry.tensor.dtype == .int8
                && self[entry.name + Self.scaleSuffix].map {
                    Self.isScale($0.dtype, $0.shape, of: entry.tensor.shape)
                } ?? false
        }.map(\.name)
    }

    /// Whether a tensor has one float32 for each index of the first axis of another.
    static func isScale(_ dtype: DType, _ scales: Shape, of shape: Shape) -> Bool {
        dtype == .float32 && shape.rank > 0 && scales == [shape[0]]
    }

    /// The same with float32 in place of integers with scales; `self` if there are none.
    ///
    /// - Complexity: O(elements of the integers).
    public func dequantised() -> StateDict {
        let names = Set(quantisedNames)
        guard !names.isEmpty else { return self }
        let scaleNames = Set(names.map { $0 + Self.scaleSuffix })
        let entries = entries.filter { !scaleNames.contains($0.name) }.map { entry in
            guard names.contains(entry.name), let scales = self[entry.name + Self.scaleSuffix],
                let tensor = entry.tensor.multiplied(byRows: scales)
            else { return entry }
            return Entry(name: entry.name, tensor: tensor)
        }
        return StateDict(entries, extras: extras, metadata: metadata, key: key, strippedPrefix: strippedPrefix)
    }
}

extension Tensor {
    /// The elements as float32, each times the number that `scales` has for its index along the first axis; `nil` if one
    /// of the two is not real.
    func multiplied(byRows scales: Tensor) -> Tensor? {
        guard var values = try? float32Values(), let scales = try? scales.float32Values(), !scales.isEmpty else {
            return nil
        }
        let width = values.count / scales.count
        for row in scales.indices {
            for index in row * width..<(row + 1) * width { values[index] *= scales[row] }
        }
        return Tensor(values, shape: shape)
    }
}
