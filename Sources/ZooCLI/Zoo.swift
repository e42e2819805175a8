import ArgumentParser
import ZooCore

/// The command `zoo`.
struct Zoo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zoo",
        abstract: "Fetch, verify, read, fine-tune and use pretrained vision weights.",
        discussion: """
            Files live in PyTorch's own cache ($TORCH_HOME/hub/checkpoints), so Python and zoo share one copy. \
            No Python is needed, and no code inside a checkpoint is ever run.

            Environment: TORCH_HOME and XDG_CACHE_HOME place the cache as torch.hub does; ZOO_MIRROR=URL fetches \
            URL/FILE instead of the registered address; ZOO_OFFLINE=1 forbids the network; ZOO_THREADS limits the \
            threads; http_proxy, https_proxy, no_proxy, CURL_CA_BUNDLE and SSL_CERT_FILE work as with curl; \
            NO_COLOR turns colour off. Models of your own: $XDG_CONFIG_HOME/zoo/registry.d/*.json.

            Exit codes: 0 done; 1 the answer is no; 2 usage; 3 transfer failed, run again to go on; 4 wrong bytes; \
            5 a file cannot be read as what it should be; 6 disk or cache error; 130 interrupted.
            """,
        version: "zoo \(ZooVersion.current)",
        subcommands: [
            ListCommand.self, InfoCommand.self, FetchCommand.self, VerifyCommand.self, InspectCommand.self,
            ScanCommand.self, ConvertCommand.self, DiffCommand.self, CacheCommand.self, FinetuneCommand.self,
            TuneCommand.self, ReportCommand.self, EvaluateCommand.self, PredictCommand.self, FeaturesCommand.self,
            DataCommand.self,
        ])
}
