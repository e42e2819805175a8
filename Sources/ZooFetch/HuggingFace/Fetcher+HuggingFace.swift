public import ZooCache
import ZooCore

extension Fetcher {
    /// Asks Hugging Face what a file's bytes are.
    ///
    /// For files that git LFS keeps the answer has their SHA-256 (`X-Linked-Etag`) and length; for small ones in git
    /// itself nothing that zoo could compare with.
    ///
    /// - Parameters:
    ///   - url: A `resolve` URL.
    ///   - fileName: The name of the file, for errors.
    ///   - isCancelled: Asked every 100 ms or more often.
    /// - Throws: ``FetchError``, as ``fetch(_:into:progress:isCancelled:)``.
    public func contentOnHuggingFace(
        _ url: String, fileName: String, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(FetchError) -> ExpectedContent {
        guard var place = FetchURL(url) else { throw .notAURL(url) }
        if options.isOffline {
            throw FetchError(.offline, fileName, url: place.display, "ZOO_OFFLINE forbids the network; unset it")
        }
        for _ in 0..<5 {
            let head = try self.head(of: place, fileName, isCancelled)
            if let linked = head.linkedETag {
                let digest = linked.filter { $0 != "\"" }
                return ExpectedContent(byteCount: head.linkedByteCount, sha256: SHA256Digest(hex: digest))
            }
            // A repository that got another name: the same server says so, with a path. Anything else is the file's store.
            guard (300..<400).contains(head.status), let location = head.location, location.hasPrefix("/"),
                !location.hasPrefix("//"), let next = FetchURL(place.origin + location)
            else { return ExpectedContent() }
            place = next
        }
        throw FetchError(.network, fileName, url: place.display, "the server redirects without end")
    }

    private func head(
        of url: FetchURL, _ fileName: String, _ isCancelled: @escaping @Sendable () -> Bool
    ) throws(FetchError) -> ResponseHead {
        var backoff = Backoff(firstDelay: options.retryDelay, seed: options.jitterSeed)
        for attempt in 1... {
            let receiver = HeadReceiver()
            guard let connections = CurlConnections() else {
                throw FetchError(.network, fileName, "libcurl cannot start: out of memory")
            }
            let request = CurlRequest(url: url, request: .wholeFile, options: options, isHeadOnly: true)
            var result = connections.send(request, on: 0, receiver: receiver)
            while result == nil {
                if isCancelled() { throw .cancelled(fileName, url: url.display) }
                result = connections.next().first?.result
            }
            let ending = result ?? .stopped
            let isBusy = receiver.head.map { [408, 429].contains($0.status) || $0.status >= 500 } ?? false
            if let head = receiver.head, ending.isFinished, head.status < 400 { return head }
            let wait = backoff.delay(beforeRepetition: attempt, askedFor: receiver.head?.retryAfterSeconds)
            guard attempt <= options.retries, isBusy || ending.isTransient, let wait else {
                let failure = receiver.head.map { TransferFailure.status($0.status) }
                throw .failed(
                    ending.isFinished ? failure ?? .network(ending.sentence) : .network(ending.sentence), fileName,
                    url: url.display, keeping: 0, defect: nil)
            }
            Self.sleep(milliseconds: wait)
        }
        throw .cancelled(fileName, url: url.display)
    }
}

/// Keeps the head of an answer.
final class HeadReceiver: CurlReceiver {
    private(set) var head: ResponseHead?

    func receive(headerLine line: RawSpan, on slot: Int) {
        guard let line = String(validatingUTF8: line) else { return }
        if let next = ResponseHead(statusLine: line) { head = next } else { head?.add(line: line) }
    }

    func receive(body: RawSpan, on slot: Int) -> Bool { true }
}
