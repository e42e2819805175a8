internal import Glibc
public import ZooImage

/// How well a classifier does on images of a kind: dark ones, small ones, blurred ones, those of one folder.
public struct DataSlice: Sendable, Hashable {
    /// What the images are told apart by.
    public enum Property: String, Sendable, Hashable, CaseIterable {
        case brightness, size, aspect, sharpness, folder
    }

    /// What the images are told apart by.
    public let property: Property
    /// Which of them: `37 to 81`, a folder.
    public let name: String
    /// How many images.
    public let count: Int
    /// How many of them are classified rightly.
    public let rightCount: Int
    /// The range that the true accuracy of such images is in with a probability of 95 % (Wilson, 1927).
    public let interval: ClosedRange<Double>
    /// Whether its accuracy lies below that of the others by more than chance explains, with as many slices as were looked
    /// at: a two-sided test of two proportions at 5 %, divided by the number of slices (Bonferroni).
    public let isWorse: Bool

    /// The share of the images that is classified rightly.
    public var accuracy: Double { count == 0 ? 0 : Double(rightCount) / Double(count) }

    /// Wilson's interval for `hits` of `count`; all of 0 to 1 for none.
    ///
    /// - Parameter z: how many deviations; 1.96 for 95 %.
    public static func interval(hits: Int, count: Int, z: Double = 1.959_963_985) -> ClosedRange<Double> {
        guard count > 0 else { return 0...1 }
        let (n, p) = (Double(count), Double(hits) / Double(count))
        let centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        return max(0, centre - half)...min(1, centre + half)
    }
}

/// All slices of a set of judged images.
public struct DataSlices: Sendable, Hashable {
    /// The slices, by property in the order of ``DataSlice/Property``, and within it from little to much.
    public let slices: [DataSlice]

    /// Numbers are cut into so many parts of equally many images.
    static let partCount = 4
    /// Of so many folders those with the most images are shown.
    static let folderLimit = 20
    /// Properties that do not differ, and slices with fewer images, say nothing.
    static let leastCount = 5

    /// Cuts images into slices.
    ///
    /// - Parameters:
    ///   - properties: those of each image; images without are left out.
    ///   - folders: where each image comes from.
    ///   - isRight: whether each is classified rightly.
    /// - Precondition: there are as many of each.
    /// - Complexity: O(images · log(images)).
    public init(properties: [ImageProperties?], folders: [String], isRight: [Bool]) {
        precondition(properties.count == isRight.count && folders.count == isRight.count, "one of each an image")
        let known = properties.indices.filter { properties[$0] != nil }
        var groups: [(DataSlice.Property, String, [Int])] = []
        for property in DataSlice.Property.allCases {
            if property == .folder {
                groups += Self.byFolder(folders).map { (property, $0.name, $0.rows) }
            } else {
                let values = known.compactMap { index in properties[index].map { property.value(of: $0) } }
                groups += Self.byValue(values, known, property).map { (property, $0.name, $0.rows) }
            }
        }
        let total = (hits: isRight.count { $0 }, count: isRight.count)
        slices = groups.map { property, name, rows in
            let hits = rows.count { isRight[$0] }
            return DataSlice(
                property: property, name: name, count: rows.count, rightCount: hits,
                interval: DataSlice.interval(hits: hits, count: rows.count),
                isWorse: Self.isWorse(hits, rows.count, total.hits, total.count, sliceCount: groups.count))
        }
    }

    private static func byFolder(_ folders: [String]) -> [(name: String, rows: [Int])] {
        let groups = Dictionary(grouping: folders.indices) { folders[$0] }
        guard groups.count > 1 else { return [] }
        return groups.filter { $0.value.count >= leastCount }
            .sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.prefix(folderLimit)
            .map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
    }

    /// Parts of equally many images; equal values stay together.
    private static func byValue(
        _ values: [Double], _ rows: [Int], _ property: DataSlice.Property
    ) -> [(name: String, rows: [Int])] {
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        var parts: [[Int]] = []
        var number = -1
        for (rank, index) in order.enumerated() {
            let next = rank * partCount / order.count
            if next > number, rank == 0 || values[order[rank - 1]] != values[index] {
                parts.append([])
                number = next
            }
            parts[parts.count - 1].append(index)
        }
        guard parts.count > 1, parts.allSatisfy({ $0.count >= leastCount }) else { return [] }
        return parts.map { part in
            let (low, high) = (values[part[0]], values[part[part.count - 1]])
            return (property.name(from: low, to: high), part.map { rows[$0] })
        }
    }

    /// Whether `hits` of `count` are fewer than those of the others by more than chance explains.
    static func isWorse(_ hits: Int, _ count: Int, _ allHits: Int, _ allCount: Int, sliceCount: Int) -> Bool {
        let (others, otherCount) = (Double(allHits - hits), Double(allCount - count))
        guard count > 0, otherCount > 0 else { return false }
        let pooled = Double(allHits) / Double(allCount)
        let error = (pooled * (1 - pooled) * (1 / Double(count) + 1 / otherCount)).squareRoot()
        guard error > 0 else { return false }
        let z = (others / otherCount - Double(hits) / Double(count)) / error
        return z > 0 && erfc(z / 2.0.squareRoot()) < 0.05 / Double(max(sliceCount, 1))
    }
}

extension DataSlice.Property {
    /// The property as a heading.
    public var title: String {
        switch self {
        case .brightness: "Brightness"
        case .size: "Size"
        case .aspect: "Aspect"
        case .sharpness: "Sharpness"
        case .folder: "Folder"
        }
    }

    /// What its numbers are.
    public var note: String {
        switch self {
        case .brightness: "mean luma, 0 to 255"
        case .size: "the shorter edge in pixels"
        case .aspect: "width by height"
        case .sharpness: "variance of the Laplacian; little is blurred"
        case .folder: "where the images lie, without their class"
        }
    }

    func value(of image: ImageProperties) -> Double {
        switch self {
        case .brightness: image.brightness
        case .size: Double(min(image.size.width, image.size.height))
        case .aspect: Double(image.size.width) / Double(max(image.size.height, 1))
        case .sharpness: image.sharpness
        case .folder: 0
        }
    }

    func name(from low: Double, to high: Double) -> String {
        let digits = self == .aspect ? 2 : 0
        let (first, last) = (Self.text(low, digits), Self.text(high, digits))
        return first == last ? first : "\(first) to \(last)"
    }

    private static func text(_ value: Double, _ digits: Int) -> String {
        let scaled = Int((value * (digits == 2 ? 100 : 1)).rounded())
        guard digits == 2 else { return "\(scaled)" }
        let rest = scaled % 100
        return "\(scaled / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
