import FoundationEssentials
import SystemPackage
import ZooCore
import ZooFetch

/// How files would travel: proxies, certificates, mirrors, caches of others. Nothing is contacted unless asked for.
struct NetworkCheck {
    let environment: [String: String]
    /// Whether servers are asked.
    let isOnline: Bool
    /// Where Debian has the certificates of trusted authorities.
    var systemCertificates = "/etc/ssl/certs/ca-certificates.crt"

    var findings: [DoctorFinding] {
        var found = DoctorFindings(area: "network")
        let isOffline = !["", "0"].contains(environment["ZOO_OFFLINE"] ?? "")
        found.ok("ZOO_OFFLINE", isOffline ? "set: nothing is fetched over the network" : "not set")
        addProxies(to: &found)
        addCertificates(to: &found)
        let options = addPlaces(to: &found)
        if isOnline, !isOffline, let options { addServers(to: &found, options) }
        return found.list
    }

    private func addProxies(to found: inout DoctorFindings) {
        let names = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"].filter { value($0) != nil }
        for name in names {
            let text = value(name) ?? ""
            let url = text.contains("://") ? text : "http://\(text)"
            let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]
            let rest = url.split(separator: ":", maxSplits: 1).last.map { $0.drop { $0 == "/" } } ?? ""
            if schemes.contains(String(url.prefix { $0 != ":" }).lowercased()), !rest.isEmpty, !rest.hasPrefix(":") {
                found.ok(name, "requests go through \(Self.shown(url))")
            } else {
                found.problem(
                    name, "'\(Self.shown(url))' is no proxy that curl understands (http, https, socks4, socks5)",
                    fix: "unset \(name)")
            }
        }
        if value("HTTP_PROXY") != nil, value("http_proxy") == nil {
            found.warning(
                "HTTP_PROXY", "curl, and so zoo, heeds this one in lower case only",
                fix: "export http_proxy=\"$HTTP_PROXY\"")
        }
        if names.isEmpty { found.ok("proxies", "none") }
    }

    private func addCertificates(to found: inout DoctorFindings) {
        let named = ["CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"].first { value($0) != nil }
        guard let named, let path = value(named) else {
            guard !FileManager.default.isReadableFile(atPath: systemCertificates) else {
                return found.ok("certificates", systemCertificates)
            }
            return found.problem(
                "certificates", "\(systemCertificates) is not here: no https server can be trusted",
                fix: "sudo apt-get install ca-certificates")
        }
        guard FileManager.default.isReadableFile(atPath: path) else {
            return found.problem(
                named, "\(path) cannot be read: no https server can be trusted", fix: "unset \(named)")
        }
        found.ok("certificates", "\(path), as \(named) says")
    }

    /// Mirrors, tokens and the caches of others.
    ///
    /// - Returns: The options, if they make sense.
    private func addPlaces(to found: inout DoctorFindings) -> FetchOptions? {
        let token = value("HF_TOKEN") == nil ? "no HF_TOKEN" : "HF_TOKEN is set"
        found.ok("Hugging Face", "\(value("HF_ENDPOINT").map { Self.shown($0) } ?? "https://huggingface.co"), \(token)")
        for folder in (value("ZOO_CACHE_PATH") ?? "").split(separator: ":").map(String.init) {
            if FileManager.default.isReadableFile(atPath: folder) {
                found.ok("ZOO_CACHE_PATH", folder)
            } else {
                found.warning(
                    "ZOO_CACHE_PATH", "\(folder) cannot be read; it is passed over", fix: "unset ZOO_CACHE_PATH")
            }
        }
        let options: FetchOptions
        do throws(FetchError) {
            options = try FetchOptions(environment: environment)
        } catch {
            found.problem(error.fileName, error.message, fix: "unset \(error.fileName)")
            return nil
        }
        for mirror in options.mirrors { add(mirror, to: &found) }
        return options
    }

    private func add(_ mirror: Mirror, to found: inout DoctorFindings) {
        guard let folder = mirror.folder else { return found.ok("ZOO_MIRROR", Self.shown(mirror.url(of: ""))) }
        if FileManager.default.isReadableFile(atPath: folder) {
            found.ok("ZOO_MIRROR", "\(folder), a folder of this machine")
        } else {
            found.warning("ZOO_MIRROR", "\(folder) cannot be read; it is passed over", fix: "unset ZOO_MIRROR")
        }
    }

    private func addServers(to found: inout DoctorFindings, _ options: FetchOptions) {
        var options = options
        options.connectTimeout = 10
        options.stallTimeout = 10
        let mirrors = options.mirrors.filter { $0.folder == nil }.map { $0.url(of: "") }
        let servers = ["https://download.pytorch.org/", (value("HF_ENDPOINT") ?? "https://huggingface.co") + "/"]
        for url in servers + mirrors where !Interruption.isRequested {
            let clock = ContinuousClock.now
            do throws(FetchError) {
                let status = try Fetcher(options).reach(url) { Interruption.isRequested }
                let time = Formatting.seconds(clock.secondsUntilNow)
                if status < 500 {
                    found.ok(Self.shown(url), "answers (status \(status)) after \(time)")
                } else {
                    found.warning(Self.shown(url), "it is out of order (status \(status)); try again later")
                }
            } catch {
                found.problem(Self.shown(url), error.message, fix: "curl -sSI \(Self.shown(url).shellWord)")
            }
        }
    }

    private func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// An address without user, password and query.
    private static func shown(_ url: String) -> String { FetchRequest(url: url).displayURL }
}
