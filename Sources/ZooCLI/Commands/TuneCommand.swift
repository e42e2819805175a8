import ArgumentParser
import SystemPackage
import ZooTraining

/// `zoo tune`: the settings of `zoo finetune` that do best.
struct TuneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune",
        abstract: "Search for the settings of zoo finetune that do best on a folder of images.",
        discussion: """
            Trains once for each setting that is tried, and judges it by the validation part of DATA, or by K parts of \
            DATA in turn (--folds). Every option of 'zoo finetune', --model too, may be given for all trials, and \
            every one may be searched:

              lr=log(1e-4,1e-1)           a number, even on a logarithmic scale
              momentum=uniform(0.8,0.99)  a number
              batch-size=int(8,64)        a whole number
              augment=none,light          one of these; | where they have commas
              nesterov=yes,no             a flag

            random draws --trials settings; grid tries all combinations, with --points values of each range; halving \
            draws --trials settings, gives them few epochs, and the best third three times as many, and so on. With \
            --head-only all trials share the features of the images, so that hundreds take seconds.

            The search is written down in a folder (search.json, trials.jsonl) and goes on with --resume; report.html in \
            it shows all settings at a glance and which options matter. A test/ part beside val/ is never looked at: judge \
            the result by it once, at the end.

            Examples:
              zoo tune photos --head-only --trials 100 --space 'lr=log(1e-4,1)'
              zoo tune photos --space 'augment=none,light' --search grid --epochs 5
              zoo tune photos --search halving --budget 30m --space 'lr=log(1e-4,1e-1)'
            """)

    /// How settings are chosen.
    enum Search: String, ExpressibleByArgument, CaseIterable {
        case random, grid, halving
    }

    @Argument(help: ArgumentHelp("The folder, or list, of images.", valueName: "data"))
    var data: String

    @Option(
        help: ArgumentHelp(
            "What is searched: NAME=VALUES with spaces between them; may be repeated.", valueName: "name=values"))
    var space: [String] = []

    @Option(help: ArgumentHelp("How settings are chosen.", valueName: "method"))
    var search = Search.random

    @Option(help: ArgumentHelp("How many settings random and halving draw.", valueName: "n"))
    var trials = 20

    @Option(help: ArgumentHelp("How many values of each range a grid has.", valueName: "n"))
    var points = 5

    @Option(
        help: ArgumentHelp(
            "Begin no trial after this time, and end the one that is under way: 90s, 10m, 2h.", valueName: "time"))
    var budget: TimeBudget?

    @Option(help: ArgumentHelp("Judge each setting by so many parts of the images in turn.", valueName: "k"))
    var folds: Int?

    @Option(help: ArgumentHelp("What the draws, new weights and all other chance follow from.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The folder of the search.", discussion: "DATA.tune by default.", valueName: "folder"))
    var folder: String?

    @Flag(help: "Go on with an interrupted search of the same settings; begin where there is none.")
    var resume = false

    @Flag(help: "Replace a search that is there.")
    var overwrite = false

    @Flag(help: "Write no report.html into the folder; 'zoo report' can do it later.")
    var noReport = false

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Train with the best setting, and write the checkpoint here.", valueName: "file"))
    var output: String?

    @Flag(help: "Let that training see all images, the validation part too; its last epoch is kept.")
    var refit = false

    @OptionGroup(title: "Output") var talk: OutputOptions

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("Options of 'zoo finetune' for all trials.", valueName: "finetune-option"))
    var others: [String] = []

    func validate() throws {
        let checks: [(Bool, String)] = [
            (!space.isEmpty, "--space says what is searched: --space 'lr=log(1e-4,1e-1)'"),
            (1...SearchPlan.largestCount ~= trials, "--trials must be 1 to \(SearchPlan.largestCount)"),
            (2...1000 ~= points, "--points must be 2 to 1000"), (folds ?? 2 >= 2, "--folds must be at least 2"),
            (!(resume && overwrite), "--resume and --overwrite exclude each other"),
            (!refit || output != nil, "--refit trains once more: say with -o where the result goes"),
        ]
        for (holds, complaint) in checks where !holds { throw ValidationError(complaint) }
    }

    /// The search that the options ask for.
    var method: SearchMethod {
        switch search {
        case .random: .random(trials: trials)
        case .grid: .grid(points: points)
        case .halving: .halving(trials: trials)
        }
    }

    func run() throws {
        if let output { try OutputFile.check(FilePath(output)) }
        let session = try Session()
        let options = try TrialOptions(data: data, common: others, space: space, seed: seed)
        if search == .halving, options.space.dimensions.contains(where: { $0.name == "epochs" }) {
            throw UsageError("halving gives trials their epochs; leave 'epochs' out of --space, or search at random")
        }
        let splits = try DataArgument.trainingSplits(
            FilePath(data), validationFraction: options.base.training.valFraction, seed: seed, console: talk.console)
        try TuneWork(command: self, options: options, session: session, console: talk.console, splits: splits).run()
    }
}

/// A length of time as people type it: `90s`, `10m`, `2h`.
struct TimeBudget: ExpressibleByArgument {
    let seconds: Double

    init?(argument: String) {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
        guard let unit = argument.last.flatMap({ units[$0] }), let count = Double(argument.dropLast()), count > 0,
            count.isFinite
        else { return nil }
        seconds = count * unit
    }
}
