/// The few numbers that matter most, large.
public struct Tiles: Sendable, Hashable {
    private struct Tile: Sendable, Hashable {
        let name, value: String
        let note: String?
    }

    private var tiles: [Tile] = []

    /// No tiles yet.
    public init() {}

    /// Adds a number.
    ///
    /// - Parameters:
    ///   - name: what it is.
    ///   - value: the number, with its unit.
    ///   - note: a word more about it.
    public mutating func add(_ name: String, _ value: String, note: String? = nil) {
        tiles.append(Tile(name: name, value: value, note: note))
    }

    /// The tiles.
    public var html: HTML {
        HTML("dl", ["class": "tiles"]) {
            for tile in tiles {
                HTML("div", ["class": "tile"]) {
                    HTML("dt") { tile.name }
                    HTML("dd") {
                        HTML("span") { tile.value }
                        if let note = tile.note { HTML("small") { note } }
                    }
                }
            }
        }
    }
}

/// Names with what they stand for, one below the other.
public struct FactList: Sendable, Hashable {
    private struct Fact: Sendable, Hashable {
        let name: String
        let value: HTML
    }

    private var facts: [Fact] = []

    /// No facts yet.
    public init() {}

    /// Adds a fact.
    public mutating func add(_ name: String, _ value: String, isCode: Bool = false) {
        facts.append(Fact(name: name, value: isCode ? HTML("code") { value } : HTML(value)))
    }

    /// The list; nothing if it is empty.
    public var html: [HTML] {
        guard !facts.isEmpty else { return [] }
        return [
            HTML("dl", ["class": "facts"]) {
                for fact in facts {
                    HTML("div") {
                        HTML("dt") { fact.name }
                        HTML("dd") { fact.value }
                    }
                }
            }
        ]
    }
}
