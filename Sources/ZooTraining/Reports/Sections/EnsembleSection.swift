import ZooReport

/// What each member of an ensemble contributes, and how much they differ.
struct EnsembleSection {
    let judgement: EnsembleJudgement

    /// More members make more pairs than anyone reads.
    private static let largestMemberCount = 12

    var section: Page.Section {
        Page.Section("members", "Members") {
            HTML.note(
                "Share: the weight of the member's answer. Without it: the accuracy of the others together; where it is higher "
                    + "than the ensemble's, the member does harm.")
            members
            HTML.note(
                "At least one member is right on \(NumberText.percent(judgement.oracleAccuracy)) of the images. On average two "
                    + "members disagree on \(NumberText.percent(judgement.diversity.disagreement)) of them, and both are wrong on "
                    + "\(NumberText.percent(judgement.diversity.doubleFault)), which neither can mend. Q is "
                    + "\(NumberText.fixed(judgement.diversity.q, 2)): 1 if members err on the same images, 0 if as by chance "
                    + "(Kuncheva and Whitaker, 2003).")
            pairs
        }
    }

    private var members: [HTML] {
        var table = DataTable([
            .init("Member", .text), .init("Share", .text), .init("Accuracy", .text), .init("Without it"),
        ])
        for member in judgement.members {
            table.add([
                HTML(member.name), HTML.meter(NumberText.percent(member.share), share: member.share, colour: 3),
                HTML.meter(NumberText.percent(member.accuracy), share: member.accuracy, colour: 1),
                HTML(member.accuracyWithout.map { NumberText.percent($0) } ?? ""),
            ])
        }
        return table.html
    }

    private var pairs: [HTML] {
        guard judgement.members.count <= Self.largestMemberCount else { return [] }
        var table = DataTable([
            .init("Two members", .text), .init("Disagree"), .init("Both wrong"), .init("Q"),
        ])
        for pair in judgement.diversity.pairs {
            table.add([
                "\(judgement.members[pair.first].name), \(judgement.members[pair.second].name)",
                NumberText.percent(pair.disagreement), NumberText.percent(pair.doubleFault),
                NumberText.fixed(pair.q, 2),
            ])
        }
        return table.html
    }
}
