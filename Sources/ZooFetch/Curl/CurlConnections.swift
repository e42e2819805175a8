internal import CCurl
import ZooCore

/// Takes what a server sends. Called on the thread that calls ``CurlConnections/next()``.
protocol CurlReceiver: AnyObject {
    /// One line of a response head, with its line end.
    func receive(headerLine: RawSpan, on slot: Int)
    /// A piece of the body.
    ///
    /// - Returns: Whether to go on.
    func receive(body: RawSpan, on slot: Int) -> Bool
}

/// Sends requests, several at a time, and hands the answers to a receiver.
///
/// Each request has a slot, by number; requests one after another use the same connection where the server allows, but
/// never two at the same time, since servers often limit the rate of each connection. All of libcurl that transfers
/// need is in this folder.
@safe final class CurlConnections {
    /// Milliseconds that ``next()`` takes at most.
    static let pollInterval: Int32 = 100

    private let multi: UnsafeMutableRawPointer
    private var handles: [CurlHandle?] = []

    /// libcurl must be initialised once, before anything else.
    private static let isReady = zoo_curl_global_init() == CURLE_OK

    /// Creates the handle of all; no connection yet.
    ///
    /// - Returns: `nil` if libcurl cannot start, for want of memory.
    init?() {
        guard Self.isReady, let multi = unsafe curl_multi_init() else { return nil }
        unsafe self.multi = multi
        guard unsafe zoo_curl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING)) == CURLM_OK else {
            unsafe _ = curl_multi_cleanup(multi)
            return nil
        }
    }

    deinit {
        for slot in handles.indices { stop(slot) }
        // Before the handles go: connections that are closed now may still tell their watchers.
        unsafe _ = curl_multi_cleanup(multi)
    }

    /// Sends `request` on a slot that is free.
    ///
    /// - Returns: `nil` if it is under way, else why not.
    func send(_ request: CurlRequest, on slot: Int, receiver: any CurlReceiver) -> CurlResult? {
        while handles.count <= slot { handles.append(nil) }
        guard let handle = handles[slot] ?? CurlHandle() else {
            return CurlResult(code: CURLE_OUT_OF_MEMORY, text: "libcurl cannot start: out of memory")
        }
        handles[slot] = handle
        let configured = handle.configure(request, CurlContext(receiver, slot))
        guard configured == CURLE_OK else { return handle.result(configured) }
        let added = unsafe curl_multi_add_handle(multi, handle.easy)
        guard added == CURLM_OK else { return CurlResult(code: CURLE_FAILED_INIT, text: Self.text(added)) }
        handle.isBusy = true
        return nil
    }

    /// Breaks the request of a slot off, if there is one.
    func stop(_ slot: Int) {
        guard handles.indices.contains(slot), let handle = handles[slot], handle.isBusy else { return }
        unsafe _ = curl_multi_remove_handle(multi, handle.easy)
        handle.isBusy = false
    }

    /// Receives what has come, and waits up to ``pollInterval`` for more if no request has ended.
    ///
    /// - Returns: The requests that ended.
    func next() -> [(slot: Int, result: CurlResult)] {
        BrokenPipeShield.during {
            var running: Int32 = 0
            let performed = unsafe curl_multi_perform(multi, &running)
            guard performed == CURLM_OK else { return failAll(performed) }
            let ended = takeEnded()
            guard ended.isEmpty, running > 0 else { return ended }
            let polled = unsafe curl_multi_poll(multi, nil, 0, Self.pollInterval, nil)
            return polled == CURLM_OK ? [] : failAll(polled)
        }
    }

    private func takeEnded() -> [(slot: Int, result: CurlResult)] {
        var ended: [(slot: Int, result: CurlResult)] = []
        var remaining: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &remaining) {
            guard unsafe message.pointee.msg == CURLMSG_DONE else { continue }
            let easy = unsafe message.pointee.easy_handle
            let code = unsafe zoo_curl_message_result(message)
            guard let slot = handles.firstIndex(where: { unsafe $0?.easy == easy }), let handle = handles[slot] else {
                continue
            }
            ended.append((slot, handle.result(code)))
        }
        for (slot, _) in ended { stop(slot) }
        return ended
    }

    private func failAll(_ code: CURLMcode) -> [(slot: Int, result: CurlResult)] {
        let busy = handles.indices.filter { handles[$0]?.isBusy == true }
        for slot in busy { stop(slot) }
        return busy.map { ($0, CurlResult(code: CURLE_FAILED_INIT, text: Self.text(code))) }
    }

    /// Tells that nothing but the end of the connection ends the body of the current answer on `slot`, or that something
    /// else does.
    func expectEndOfConnection(_ isExpected: Bool, on slot: Int) {
        handles[slot]?.expectEndOfConnection(isExpected)
    }

    /// The length that the server or the file system announced for the current answer on `slot`.
    func announcedLength(on slot: Int) -> Int? { handles[slot]?.announcedLength }

    private static func text(_ code: CURLMcode) -> String {
        unsafe String(cString: curl_multi_strerror(code))
    }
}

/// One of libcurl's handles for requests, and what must live as long as a request.
@safe private final class CurlHandle {
    let easy: UnsafeMutableRawPointer
    var isBusy = false
    /// libcurl writes the text of its last error here; at a fixed place, since it keeps the address.
    private let errorText: UnsafeMutablePointer<CChar>
    private var headers: CurlHeaders?
    private var context: CurlContext?
    private let goodbye = TLSGoodbye()

    init?() {
        guard let easy = unsafe curl_easy_init() else { return nil }
        unsafe self.easy = easy
        unsafe errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe errorText.deallocate()
    }

    func configure(_ request: CurlRequest, _ context: CurlContext) -> CURLcode {
        unsafe curl_easy_reset(easy)
        unsafe errorText[0] = 0
        let headers = CurlHeaders(request.headers)
        self.headers = headers
        self.context = context
        goodbye.forget()
        return unsafe request.configure(easy, headers, context, errorText)
    }

    var announcedLength: Int? {
        var length: curl_off_t = -1
        guard unsafe zoo_curl_get_length(easy, &length) == CURLE_OK, length >= 0 else { return nil }
        return Int(length)
    }

    func expectEndOfConnection(_ isExpected: Bool) {
        goodbye.forget()
        if isExpected { unsafe goodbye.listen(on: easy) }
    }

    func result(_ code: CURLcode) -> CurlResult {
        let own = unsafe String(cString: errorText)
        var result = CurlResult(code: code, text: own.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : own)
        result.isUnconfirmed = result.isFinished && goodbye.isMissing
        return result
    }
}

/// Leads from libcurl's callbacks to a receiver. libcurl keeps its address, so it is an object.
final class CurlContext {
    unowned let receiver: any CurlReceiver
    let slot: Int

    init(_ receiver: any CurlReceiver, _ slot: Int) {
        self.receiver = receiver
        self.slot = slot
    }
}

/// A list of header lines, as libcurl takes them.
@safe final class CurlHeaders {
    let list: UnsafeMutablePointer<curl_slist>?

    init(_ lines: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            // On failure, for want of memory, the list stays as it was.
            if let longer = unsafe curl_slist_append(list, line) { unsafe list = longer }
        }
        unsafe self.list = list
    }

    deinit {
        unsafe curl_slist_free_all(list)
    }
}
