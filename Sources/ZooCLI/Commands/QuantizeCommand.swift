public import ArgumentParser
import SystemPackage
public import ZooEngine
import ZooTraining

/// `zoo quantize`: a network that computes with 8-bit integers.
struct QuantizeCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize",
        abstract: "Let a network compute with 8-bit integers, without training it again.",
        discussion: """
            Weights of convolutions and linear layers become integers, with a scale for each output channel; images of \
            DATA show how large the results of the layers become, which gets them scales too. The output layer stays \
            float32. No labels are needed; where there are some, and the network knows these classes, its accuracy is \
            shown beside that of float32.

            The images to calibrate with are spread evenly over the training images; the network is judged by the \
            validation images, or by the other ones where there are none.

            The result is a checkpoint a quarter as large, which 'zoo evaluate' and 'zoo predict' run with integers where \
            the processor has instructions for them (VNNI; see 'zoo doctor'), and in float32 with the same weights \
            elsewhere, or with --precision fp32. 'zoo convert --dequantize' writes float32 for PyTorch.

            Examples:
              zoo quantize photos.pth photos -o photos-int8.pth
              zoo quantize mobilenet_v2 pictures --images 500
              zoo quantize photos.pth photos --agree 0.99
              zoo quantize photos.pth photos --keep conv1 --keep 'layer4.*'
              zoo convert photos-int8.pth photos-float.pth --dequantize
            """)

    @Argument(
        help: ArgumentHelp("A registered name or a checkpoint.", valueName: "model"),
        completion: Completions.modelsAndFiles)
    var model: String

    @Argument(
        help: ArgumentHelp("The folder, or list, of images.", valueName: "data"),
        completion: .file(extensions: ["csv", "jsonl"]))
    var data: String

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("The checkpoint to write; MODEL-int8.pth by default.", valueName: "file"),
        completion: .file(extensions: Completions.checkpointExtensions))
    var output: String?

    @Option(help: ArgumentHelp("How many images to calibrate with.", valueName: "n"))
    var images = 256

    @Option(
        help: ArgumentHelp(
            "How the largest magnitude that 8 bits cover is chosen: mse, with the least squared error, or max, so that nothing "
                + "is cut off.", valueName: "rule"))
    var limits = LimitRule.leastError

    @Option(
        help: ArgumentHelp(
            "Layers that stay float32: a name or a pattern, as for --freeze. May be repeated.", valueName: "layer"))
    var keep: [String] = []

    @Option(
        help: ArgumentHelp(
            "The share of the calibration images for which the answer must stay the same, such as 0.99: layers that change it "
                + "most stay float32 until it does.", valueName: "share"))
    var agree: Double?

    @OptionGroup(title: "Running") var running: NetworkOptions
    @OptionGroup(title: "Running") var batches: BatchOptions
    @OptionGroup(title: "Output") var talk: OutputOptions

    func validate() throws {
        if images < 1 { throw ValidationError("--images must be at least 1") }
        if let agree, !(0...1).contains(agree) { throw ValidationError("--agree must be from 0 to 1") }
        if running.precision != nil {
            throw ValidationError("--precision says nothing here: float32 and integers are compared")
        }
    }

    /// Where the checkpoint goes.
    func destination(of source: ModelArgument) -> FilePath {
        FilePath(output ?? "\(source.path.lastComponent?.stem ?? "model")-int8.pth")
    }

    func run() throws {
        try QuantizeWork(command: self, session: try Session(), console: talk.console).run()
    }
}

extension LimitRule: ExpressibleByArgument {}
