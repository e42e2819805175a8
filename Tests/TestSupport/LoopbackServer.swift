import Foundation
import Synchronization

/// A web server on 127.0.0.1 for one test, which answers as the test says, right or wrong.
///
/// It closes itself when the value goes away, and in any case after ``lifetime``.
///
/// ```swift
/// let server = try LoopbackServer { request in
///     [.text("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n"), .bytes([1, 2, 3])]
/// }
/// fetch(server.url("/model.pth"))          // It is cut short.
/// ```
public final class LoopbackServer: Sendable {
    /// One thing that the server does with a connection. After the last one the connection is closed.
    public enum Step: Sendable {
        /// Sends text, for example a head.
        case text(String)
        /// Sends bytes.
        case bytes([UInt8])
        /// Waits. Ends early when the server closes, and when the client leaves: see ``LoopbackServer/clientLeft()``.
        case pause(seconds: Double)
        /// Waits as long as the server lives: only the client can end this.
        case silence
        /// Closes the connection with a reset instead of an end.
        case reset
    }

    /// What a client asked.
    public struct Request: Sendable {
        /// The number of the request, from 0, over all connections.
        public let index: Int
        /// `GET`, `HEAD`, …
        public let method: String
        /// What follows the host in the URL; the whole URL, if the client takes this server for a proxy.
        public let target: String
        /// The header lines, names in lower case.
        public let headers: [String: String]

        /// The first byte asked for with `Range: bytes=N-`; 0 without such a header.
        public var offset: Int {
            guard let range = headers["range"], range.hasPrefix("bytes="), range.hasSuffix("-") else { return 0 }
            return Int(range.dropFirst(6).dropLast()) ?? 0
        }
    }

    /// Seconds after which a server ends, whatever happens.
    public static let lifetime = 60.0

    /// The port it listens at.
    public let port: UInt16
    private let host: String
    private let listener: Int32
    private let received = Mutex<[Request]>([])
    private let sent = Atomic(0)
    private let departures = Atomic(0)
    private let isClosed = Atomic(false)
    private let answer: @Sendable (Request) -> [Step]
    private let deadline = Date(timeIntervalSinceNow: LoopbackServer.lifetime)

    /// Starts the server.
    ///
    /// - Parameter answer: What to do for each request; each gets a connection of its own.
    public convenience init(_ answer: @escaping @Sendable (Request) -> [Step]) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let listener = try Self.listen(AF_INET, &address)
        self.init(listener, "127.0.0.1", UInt16(bigEndian: address.sin_port), answer)
    }

    /// Starts the server at ::1, the loopback address of IPv6.
    public static func onIPv6(_ answer: @escaping @Sendable (Request) -> [Step]) throws -> LoopbackServer {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_addr = in6addr_loopback
        let listener = try listen(AF_INET6, &address)
        return LoopbackServer(listener, "[::1]", UInt16(bigEndian: address.sin6_port), answer)
    }

    private static func listen<Address>(_ family: Int32, _ address: inout Address) throws -> Int32 {
        let listener = try bound(family, &address)
        guard Glibc.listen(listener, 64) == 0 else { throw CocoaError(.featureUnsupported) }
        return listener
    }

    /// A socket with a port of its own; its number is put into `address`.
    fileprivate static func bound<Address>(_ family: Int32, _ address: inout Address) throws -> Int32 {
        let listener = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        var length = socklen_t(MemoryLayout<Address>.size)
        let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(listener, address, length) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard listener >= 0, status else { throw CocoaError(.featureUnsupported) }
        return listener
    }

    private init(
        _ listener: Int32, _ host: String, _ port: UInt16, _ answer: @escaping @Sendable (Request) -> [Step]
    ) {
        self.answer = answer
        self.listener = listener
        self.host = host
        self.port = port
        let thread = Thread { [weak self] in
            while let server = self, server.serveNext() {}
        }
        thread.start()
    }

    deinit {
        isClosed.store(true, ordering: .relaxed)
        close(listener)
    }

    /// The URL of `target` here.
    public func url(_ target: String) -> String { "http://\(host):\(port)\(target)" }

    /// The requests that came so far.
    public var requests: [Request] { received.withLock { $0 } }

    /// How many bytes were sent so far with ``Step/bytes(_:)``.
    public var sentByteCount: Int { sent.load(ordering: .relaxed) }

    /// Waits until a client has closed its connection while the server was pausing, which shows that the client did not
    /// wait for the end of the pause.
    ///
    /// - Returns: `false` if that did not happen as long as the server lived.
    public func clientLeft() -> Bool {
        while departures.load(ordering: .relaxed) == 0, !isOver { usleep(5000) }
        return departures.load(ordering: .relaxed) > 0
    }

    /// Waits for a connection and serves it on a thread of its own.
    ///
    /// - Returns: Whether to go on.
    private func serveNext() -> Bool {
        guard !isOver else { return false }
        guard Self.isReadable(listener, milliseconds: 50) else { return true }
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return !isOver }
        Thread { [self] in serve(connection) }.start()
        return true
    }

    private var isOver: Bool { isClosed.load(ordering: .relaxed) || Date() > deadline }

    private func serve(_ connection: Int32) {
        defer { close(connection) }
        guard let request = readRequest(connection) else { return }
        for step in answer(request) {
            switch step {
            case .text(let text): guard send(Array(text.utf8), to: connection, counts: false) else { return }
            case .bytes(let bytes):
                guard send(bytes, to: connection, counts: true) else { return }
            case .pause(let seconds): guard pause(connection, seconds) else { return }
            case .silence: guard pause(connection, Self.lifetime) else { return }
            case .reset:
                var option = linger(l_onoff: 1, l_linger: 0)
                unsafe _ = setsockopt(
                    connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
                return
            }
        }
        // Closing with unread bytes would reset the connection.
        shutdown(connection, Int32(SHUT_WR))
        var rest = [UInt8](repeating: 0, count: 4096)
        while Self.isReadable(connection, milliseconds: 200), unsafe recv(connection, &rest, rest.count, 0) > 0 {}
    }

    /// - Returns: Whether the client is still there.
    private func pause(_ connection: Int32, _ seconds: Double) -> Bool {
        let end = Date(timeIntervalSinceNow: seconds)
        while Date() < end, !isOver {
            var byte: UInt8 = 0
            guard Self.isReadable(connection, milliseconds: 20) else { continue }
            let isGone = unsafe recv(connection, &byte, 1, Int32(MSG_PEEK)) <= 0
            if isGone {
                departures.wrappingAdd(1, ordering: .relaxed)
                return false
            }
        }
        return true
    }

    private func readRequest(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while !bytes.suffix(4).elementsEqual(Array("\r\n\r\n".utf8)) {
            guard bytes.count < 1 << 16, Self.isReadable(connection, milliseconds: 2000) else { return nil }
            let count = unsafe recv(connection, &piece, piece.count, 0)
            guard count > 0 else { return nil }
            bytes += piece[..<count]
        }
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        let words = lines[0].components(separatedBy: " ")
        return received.withLock { requests in
            let request = Request(
                index: requests.count, method: words[0], target: words.count > 1 ? words[1] : "", headers: headers)
            requests.append(request)
            return request
        }
    }

    private func send(_ bytes: [UInt8], to connection: Int32, counts: Bool) -> Bool {
        var offset = 0
        while offset < bytes.count, !isOver {
            let end = min(offset + 1 << 16, bytes.count)
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    connection, UnsafeRawBufferPointer(rebasing: buffer[offset..<end]).baseAddress, end - offset,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            offset += count
            if counts { sent.wrappingAdd(count, ordering: .relaxed) }
        }
        return offset == bytes.count
    }

    private static func isReadable(_ descriptor: Int32, milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&entry, 1, milliseconds) > 0
    }
}

extension LoopbackServer {
    /// Answers as a good server does for a file with these bytes: ranges, `If-Range`, 416.
    ///
    /// - Parameters:
    ///   - content: The file.
    ///   - etag: Its `ETag`, quotes included.
    ///   - cutAfter: How many bytes of the body are sent before the connection breaks; `nil` for all.
    public static func serve(
        _ content: [UInt8], etag: String? = "\"v1\"", to request: Request, cutAfter: Int? = nil
    ) -> [Step] {
        let tag = etag.map { "ETag: \($0)\r\n" } ?? ""
        var offset = request.offset
        if let validator = request.headers["if-range"], validator != etag { offset = 0 }
        if offset >= content.count, offset > 0 {
            return [.text("HTTP/1.1 416 No\r\nContent-Range: bytes */\(content.count)\r\nContent-Length: 0\r\n\r\n")]
        }
        let body = Array(content[offset...])
        let range = "Content-Range: bytes \(offset)-\(content.count - 1)/\(content.count)\r\n"
        let head = offset > 0 ? "HTTP/1.1 206 Partial Content\r\n\(range)" : "HTTP/1.1 200 OK\r\n"
        return [
            .text("\(head)\(tag)Accept-Ranges: bytes\r\nConnection: close\r\nContent-Length: \(body.count)\r\n\r\n"),
            .bytes(Array(body.prefix(cutAfter ?? .max))),
        ]
    }
}

/// A port of 127.0.0.1 where nobody listens, and nobody else comes to listen as long as the value lives.
public final class SilentPort {
    /// Its number.
    public let number: UInt16
    private let descriptor: Int32

    /// Takes a free port.
    public init() throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        descriptor = try LoopbackServer.bound(AF_INET, &address)
        number = UInt16(bigEndian: address.sin_port)
    }

    deinit {
        close(descriptor)
    }
}
