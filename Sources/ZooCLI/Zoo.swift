import ArgumentParser
import ZooCore

/// The command `zoo`.
struct Zoo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zoo",
        abstract: "Fetch, verify, read, fine-tune and use pretrained vision weights.",
        discussion: """
            Files live in PyTorch's own cache, so Python and zoo share one copy. No Python is needed, and no code inside \
            a checkpoint is ever run.

            Examples:
              zoo fetch resnet18
              zoo finetune photos --model resnet18 --head-only
              zoo predict resnet18-photos.pth new.jpg
              zoo doctor

            Environment:
              TORCH_HOME, XDG_CACHE_HOME   where the cache is, as torch.hub has it
              ZOO_MIRROR                   where files are if their addresses fail
              ZOO_CACHE_PATH               caches of others, which are only read
              ZOO_OFFLINE=1                keeps off the network
              ZOO_THREADS                  how many threads networks get
              HF_TOKEN, HF_ENDPOINT        Hugging Face
              http_proxy, https_proxy, no_proxy, CURL_CA_BUNDLE, SSL_CERT_FILE
                                           as for curl
              XDG_CONFIG_HOME              zoo/registry.d/*.json there: models of your own
              NO_COLOR                     no colour

            Exit codes:
              0    done
              1    the answer is no: something is broken, different, dangerous
              2    the command line makes no sense
              3    a transfer failed; the same command goes on with it
              4    the bytes are not those that were asked for
              5    a file cannot be read as what it should be
              6    the disk or the cache refused
              130  interrupted
            """,
        version: BuildFacts.firstLine,
        subcommands: [ManualCommand.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Weights",
                subcommands: [
                    ListCommand.self, InfoCommand.self, FetchCommand.self, VerifyCommand.self, CacheCommand.self,
                ]),
            CommandGroup(
                name: "Checkpoints",
                subcommands: [InspectCommand.self, ScanCommand.self, ConvertCommand.self, DiffCommand.self]),
            CommandGroup(
                name: "Networks",
                subcommands: [
                    PretrainCommand.self, FinetuneCommand.self, TuneCommand.self, LearningCurveCommand.self,
                    DistillCommand.self, PruneCommand.self, QuantizeCommand.self, EnsembleCommand.self,
                    ReportCommand.self,
                    EvaluateCommand.self, PredictCommand.self,
                    ExplainCommand.self, FeaturesCommand.self,
                ]),
            CommandGroup(name: "Images", subcommands: [DataCommand.self]),
            CommandGroup(name: "This installation", subcommands: [DoctorCommand.self]),
        ])
}
