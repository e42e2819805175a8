import ZooCore

extension Fetcher {
    /// Asks the server of `url` whether it is there: one `HEAD` request, whose answer may be anything, a refusal too.
    ///
    /// - Parameter isCancelled: Asked ten times a second.
    /// - Returns: The status of the answer, such as 200 or 403.
    /// - Throws: ``FetchError`` if there is no connection, no answer in time, or no trust in the server's certificate;
    ///   and if the network is forbidden.
    public func reach(
        _ url: String, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(FetchError) -> Int {
        guard let place = FetchURL(url), place.needsNetwork else { throw .notAURL(url) }
        if options.isOffline {
            throw FetchError(.offline, place.display, "ZOO_OFFLINE forbids the network; unset it")
        }
        guard let connections = CurlConnections() else {
            throw FetchError(.network, place.display, "libcurl cannot start: out of memory")
        }
        let receiver = HeadReceiver()
        let request = CurlRequest(url: place, request: .wholeFile, options: options, isHeadOnly: true)
        var result = connections.send(request, on: 0, receiver: receiver)
        while result == nil {
            if isCancelled() { throw .cancelled(place.display) }
            result = connections.next().first?.result
        }
        let ending = result ?? .stopped
        if let head = receiver.head { return head.status }
        throw FetchError(
            .network, place.display, ending.isFinished ? "it is no web server" : ending.sentence)
    }
}
