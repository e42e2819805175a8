internal import CCurl
import ZooCore

/// Takes what a server sends. Called on the thread that performs the request.
protocol CurlReceiver: AnyObject {
    /// One line of a response head, with its line end.
    func receive(headerLine: RawSpan)
    /// A piece of the body.
    ///
    /// - Returns: Whether to go on.
    func receive(body: RawSpan) -> Bool
    /// Whether to break off; asked at least every ``CurlConnection/pollInterval``.
    var shouldStop: Bool { get }
}

/// Sends requests and hands the answers to a receiver; blocks the thread meanwhile.
///
/// Requests one after another use the same connection where the server allows. All of libcurl that transfers need is in
/// this folder.
@safe final class CurlConnection {
    /// Milliseconds that pass at most until ``CurlReceiver/shouldStop`` is asked again.
    static let pollInterval: Int32 = 100

    private let multi: UnsafeMutableRawPointer
    private let easy: UnsafeMutableRawPointer
    /// libcurl writes the text of its last error here; at a fixed place, since it keeps the address.
    private let errorText: UnsafeMutablePointer<CChar>

    /// libcurl must be initialised once, before anything else.
    private static let isReady = zoo_curl_global_init() == CURLE_OK

    /// Creates handles; no connection yet.
    ///
    /// - Returns: `nil` if libcurl cannot start, for want of memory.
    init?() {
        guard Self.isReady, let multi = unsafe curl_multi_init() else { return nil }
        guard let easy = unsafe curl_easy_init() else {
            unsafe _ = curl_multi_cleanup(multi)
            return nil
        }
        unsafe self.multi = multi
        unsafe self.easy = easy
        unsafe errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe _ = curl_multi_cleanup(multi)
        unsafe errorText.deallocate()
    }

    /// Sends `request` and returns when the answer ended, or the receiver stopped it.
    func perform(_ request: CurlRequest, receiver: any CurlReceiver) -> CurlResult {
        unsafe curl_easy_reset(easy)
        unsafe errorText[0] = 0
        let headers = CurlHeaders(request.headers)
        let context = CurlContext(receiver)
        let configured = withExtendedLifetime(headers) {
            unsafe request.configure(easy, headers, context, errorText)
        }
        guard configured == CURLE_OK else { return result(configured) }
        let added = unsafe curl_multi_add_handle(multi, easy)
        guard added == CURLM_OK else { return CurlResult(code: CURLE_FAILED_INIT, text: Self.text(added)) }
        defer { unsafe _ = curl_multi_remove_handle(multi, easy) }
        return withExtendedLifetime((headers, context)) { BrokenPipeShield.during { run(receiver) } }
    }

    /// The length that the server or the file system announced for the current answer.
    var announcedLength: Int? {
        var length: curl_off_t = -1
        guard unsafe zoo_curl_get_length(easy, &length) == CURLE_OK, length >= 0 else { return nil }
        return Int(length)
    }

    private func run(_ receiver: any CurlReceiver) -> CurlResult {
        var running: Int32 = 0
        while true {
            let performed = unsafe curl_multi_perform(multi, &running)
            guard performed == CURLM_OK else { return CurlResult(code: CURLE_FAILED_INIT, text: Self.text(performed)) }
            if running == 0 { break }
            if receiver.shouldStop { return .stopped }
            let polled = unsafe curl_multi_poll(multi, nil, 0, Self.pollInterval, nil)
            guard polled == CURLM_OK else { return CurlResult(code: CURLE_FAILED_INIT, text: Self.text(polled)) }
        }
        var remaining: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &remaining) {
            if unsafe message.pointee.msg == CURLMSG_DONE { return result(unsafe zoo_curl_message_result(message)) }
        }
        return CurlResult(code: CURLE_FAILED_INIT, text: "libcurl lost the transfer")
    }

    private func result(_ code: CURLcode) -> CurlResult {
        let own = unsafe String(cString: errorText)
        return CurlResult(code: code, text: own.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : own)
    }

    private static func text(_ code: CURLMcode) -> String {
        unsafe String(cString: curl_multi_strerror(code))
    }
}

/// Leads from libcurl's callbacks to a receiver. libcurl keeps its address, so it is an object.
final class CurlContext {
    let receiver: any CurlReceiver

    init(_ receiver: any CurlReceiver) { self.receiver = receiver }
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
