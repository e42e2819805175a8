/// Divides what is missing of a file among connections.
enum SegmentPlan {
    /// No piece is made smaller than this by dividing: 1 MiB.
    static let smallestPiece = 1 << 20
    /// More connections at once than a server should have to bear.
    static let largestCount = 16

    /// Pieces beyond one for each connection are at least so long: 8 MiB. Each costs a request.
    static let usualPiece = 8 << 20
    /// No more pieces than this, so that the record of runs stays small.
    static let pieceLimit = 60

    /// The work of `count` connections, one at least, in the order in which it is begun.
    ///
    /// A piece for each connection would leave all but the first to be hashed at the end; with many small ones, begun in
    /// order, the start of the file grows all the time, and the hash with it (`PartialFile`).
    static func queue(_ present: [Range<Int>], total: Int, count: Int) -> [Range<Int>] {
        let gaps = missing(present, total: total)
        let left = gaps.reduce(0) { $0 + $1.count }
        // As many for each connection: with one more, all but one would rest at the end.
        let rounds = min(left / usualPiece, pieceLimit) / count
        return pieces(of: gaps, count: count * max(rounds, 1))
    }

    /// The gaps between `present` in a file of `total` bytes.
    ///
    /// - Parameter present: By offset, not overlapping.
    static func missing(_ present: [Range<Int>], total: Int) -> [Range<Int>] {
        var gaps: [Range<Int>] = []
        var position = 0
        for range in present {
            if range.lowerBound > position { gaps.append(position..<range.lowerBound) }
            position = max(position, range.upperBound)
        }
        if position < total { gaps.append(position..<total) }
        return gaps
    }

    /// `gaps` divided into `count` pieces where they are long enough, the longest gaps into the most pieces.
    static func pieces(of gaps: [Range<Int>], count: Int) -> [Range<Int>] {
        var shares = gaps.map { _ in 1 }
        while shares.reduce(0, +) < count {
            let longest = gaps.indices.max { gaps[$0].count / shares[$0] < gaps[$1].count / shares[$1] }
            guard let longest, gaps[longest].count / (shares[longest] + 1) >= smallestPiece else { break }
            shares[longest] += 1
        }
        return zip(gaps, shares).flatMap { gap, share in
            let bounds = (0...share).map { gap.lowerBound + gap.count / share * $0 }
            return (0..<share).map { bounds[$0]..<($0 + 1 == share ? gap.upperBound : bounds[$0 + 1]) }
        }
    }
}
