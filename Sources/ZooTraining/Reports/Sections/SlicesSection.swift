import ZooReport

/// Accuracy on images of each kind.
struct SlicesSection {
    let slices: [DataSlice]

    var section: Page.Section? {
        guard !slices.isEmpty else { return nil }
        return Page.Section("slices", "Slices") {
            HTML.note(
                "The images cut into parts by what can be measured of them; the range is where the true accuracy of such "
                    + "images lies with 95 % (Wilson). A part that is marked does worse than the others by more than chance "
                    + "explains, as many parts as there are. Why it does is another question: dark images may be those of one "
                    + "class.")
            for property in DataSlice.Property.allCases {
                let parts = slices.filter { $0.property == property }
                if !parts.isEmpty {
                    HTML("h3") {
                        property.title
                        HTML("span", ["class": "muted"]) { " \(property.note)" }
                    }
                    table(parts)
                }
            }
        }
    }

    private func table(_ parts: [DataSlice]) -> [HTML] {
        var table = DataTable([
            .init(parts[0].property == .folder ? "Folder" : "From", .text), .init("Images"), .init("Accuracy", .text),
            .init("95 % range"), .init("", .text),
        ])
        for part in parts {
            table.add([
                HTML(part.name), HTML(NumberText.grouped(part.count)),
                HTML.meter(NumberText.percent(part.accuracy), share: part.accuracy, colour: part.isWorse ? 2 : 1),
                HTML(
                    "\(NumberText.percent(part.interval.lowerBound)) to \(NumberText.percent(part.interval.upperBound))"
                ),
                HTML(part.isWorse ? "worse than the others" : ""),
            ])
        }
        return table.html
    }
}
