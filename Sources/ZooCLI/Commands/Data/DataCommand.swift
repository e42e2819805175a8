import ArgumentParser

/// `zoo data`: what is in a data set, and what augmentation makes of it.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Look through labelled images before training on them.",
        discussion: """
            DATA is read as 'zoo finetune' reads it: a folder with a folder of images for each class, train/ and val/ \
            around them or not, or a list of images (CSV or JSON lines) with the columns path, label and split.

            Examples:
              zoo data check photos
              zoo data check photos --model resnet18
              zoo data preview photos --augment strong -o sheet.png
            """,
        subcommands: [DataCheckCommand.self, DataPreviewCommand.self])
}
