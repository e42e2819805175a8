import FoundationEssentials
import Glibc
import ZooCache
import ZooFetch
import ZooRegistry

// Brings weights into PyTorch's cache, where torchvision finds them too:
// swift run FetchWeights resnet18 https://example.com/flowers-0123abcd.pth

@main enum FetchWeights {
    static func main() {
        do {
            for argument in CommandLine.arguments.dropFirst() { try fetch(argument) }
        } catch {
            print("error: \(error)")
            exit(1)
        }
    }

    static func fetch(_ nameOrURL: String) throws {
        // TORCH_HOME, ZOO_MIRROR, ZOO_OFFLINE, HF_TOKEN, curl's variables.
        let environment = ProcessInfo.processInfo.environment
        let fetcher = Fetcher(try FetchOptions(environment: environment))
        let file = try fetcher.fetch(request(nameOrURL), into: CacheDirectory(environment: environment))
        print(file.path, file.wasCached ? "was there," : "\(file.byteCount) bytes,", "SHA-256 \(file.sha256)")
    }

    static func request(_ nameOrURL: String) throws -> FetchRequest {
        guard !nameOrURL.contains("://") else { return FetchRequest(url: nameOrURL) }
        let entry = try Registry.embedded().entry(nameOrURL)
        return FetchRequest(
            url: entry.url, fileName: entry.fileName,
            expected: ExpectedContent(
                byteCount: entry.byteCount, sha256: entry.sha256, sha256Prefix: entry.sha256Prefix))
    }
}
