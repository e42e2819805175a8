import ZooTraining

/// How well the members of an ensemble do, as `--json` prints it and as people see it.
struct EnsembleFacts: Encodable {
    struct Member: Encodable {
        let name: String
        let weight, accuracy: Double
        let accuracyWithout: Double?
    }

    let members: [Member]
    let disagreement, qStatistic, doubleFault, oracleAccuracy: Double
    let pairs: [EnsembleDiversity.Pair]

    init(_ judgement: EnsembleJudgement) {
        members = judgement.members.map {
            Member(name: $0.name, weight: $0.share, accuracy: $0.accuracy, accuracyWithout: $0.accuracyWithout)
        }
        disagreement = judgement.diversity.disagreement
        qStatistic = judgement.diversity.q
        doubleFault = judgement.diversity.doubleFault
        oracleAccuracy = judgement.oracleAccuracy
        pairs = judgement.diversity.pairs
    }

    /// The members, a row each.
    var table: Table {
        var table = Table([
            .init("MEMBER", .left, .shortened), .init("SHARE", .right), .init("ACCURACY", .right),
            .init("WITHOUT IT", .right),
        ])
        for member in members {
            table.add([
                member.name, Formatting.percent(member.weight), Formatting.percent(member.accuracy),
                member.accuracyWithout.map(Formatting.percent) ?? "",
            ])
        }
        return table
    }

    /// How much the members differ, in words.
    var diversity: String {
        "two members disagree on \(Formatting.percent(disagreement)) of the images on average, both are wrong on "
            + "\(Formatting.percent(doubleFault)); Q \(Formatting.fixed(qStatistic, 2)); at least one is right on "
            + Formatting.percent(oracleAccuracy)
    }
}
