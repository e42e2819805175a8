import Foundation
public import SystemPackage

/// A web server with TLS on 127.0.0.1 for one test: Python's, with a certificate that OpenSSL makes. Neither is needed to
/// build or run zoo; where one is missing the tests are skipped, saying so.
///
/// It ends when the value goes away, and in any case after a minute.
public final class TLSServer {
    /// What it does with a request.
    public enum Behaviour: String, Sendable {
        /// Sends the file.
        case good
        /// Sends half of the file, then ends the connection as an attacker would who can only cut it: without TLS's own
        /// goodbye.
        case cut
        /// The same, without having said how long the file is.
        case cutWithoutLength = "cut-without-length"
        /// Sends the file without having said how long it is, and ends the connection with TLS's goodbye.
        case withoutLength = "without-length"
        /// The same without the goodbye, as old servers do; it knows no ranges.
        case untidy
        /// Redirects to the same path without TLS.
        case downgrade
    }

    /// Whether this machine has what it takes.
    public static let isPossible = ["python3", "openssl"].allSatisfy(ScriptProcess.isAvailable)
    /// Why tests with TLS are skipped.
    public static let impossibility = "a server with TLS needs python3 and openssl"

    /// The certificate, which is its own authority.
    public let certificate: FilePath
    private let process: ScriptProcess
    private let folder: ScratchFolder

    /// Starts a server of one file.
    ///
    /// - Parameters:
    ///   - content: The file.
    ///   - name: Whom the certificate is for: `IP:127.0.0.1`, or somebody else.
    public init(_ content: [UInt8], _ behaviour: Behaviour = .good, for name: String = "IP:127.0.0.1") throws {
        folder = try ScratchFolder()
        certificate = folder.file("certificate.pem")
        let key = folder.file("key.pem").string
        let isMade = ScriptProcess.run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            key, "-out", certificate.string, "-days", "2", "-subj", "/CN=zoo test", "-addext", "subjectAltName=\(name)",
        ])
        guard isMade else { throw CocoaError(.featureUnsupported) }
        let file = try folder.write(content, to: "content")
        process = try ScriptProcess(Self.script, [certificate.string, key, file.string, behaviour.rawValue])
    }

    /// The URL of `target` here.
    public func url(_ target: String) -> String { "https://127.0.0.1:\(process.port)\(target)" }

    private static let script = """
        import os, re, socket, ssl, sys, threading
        certificate, key, path, behaviour = sys.argv[1:]
        content = open(path, "rb").read()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)

        def serve(raw):
            try:
                connection = context.wrap_socket(raw, server_side=True)
                asked = b""
                while not asked.endswith(b"\\r\\n\\r\\n"):
                    piece = connection.recv(4096)
                    if not piece:
                        return
                    asked += piece
                match = re.search(rb"(?i)range: bytes=(\\d+)-", asked)
                start = int(match.group(1)) if match and behaviour != "untidy" else 0
                body = content[start:]
                head = "HTTP/1.1 %s\\r\\nETag: \\"1\\"\\r\\nConnection: close\\r\\n" % (
                    "206 Partial" if start else "200 OK")
                if start:
                    head += "Content-Range: bytes %d-%d/%d\\r\\n" % (start, len(content) - 1, len(content))
                if behaviour == "downgrade":
                    head = "HTTP/1.1 302 Found\\r\\nLocation: http://127.0.0.1:9/x\\r\\nConnection: close\\r\\n"
                    body = b""
                if behaviour in ("good", "cut", "downgrade"):
                    head += "Content-Length: %d\\r\\n" % len(body)
                connection.sendall(head.encode() + b"\\r\\n")
                if behaviour.startswith("cut"):
                    connection.sendall(body[:len(body) // 2])
                    os.close(connection.detach())
                elif behaviour == "untidy":
                    connection.sendall(body)
                    os.close(connection.detach())
                else:
                    connection.sendall(body)
                    connection.unwrap()
            except (OSError, ValueError):
                pass

        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
        """
}
