internal import CCurl
import ZooCore

/// A request for a file, as libcurl is told.
struct CurlRequest: Sendable {
    let url: FetchURL
    let request: TransferRequest
    let options: FetchOptions
    /// Whether only the head is wanted, of the first answer: redirects are not followed.
    var isHeadOnly = false

    /// The largest piece that libcurl reads at once, in bytes; its own limit.
    private static let bufferSize = 512 << 10
    private static let redirectLimit = 10

    /// The lines of the request beyond those that libcurl writes.
    ///
    /// Ranges go this way too: asked for with libcurl's options, it would judge the answer itself.
    var headers: [String] {
        guard url.needsNetwork else { return [] }
        var lines = ["Accept-Encoding: identity"]
        if request.offset > 0 || request.end != nil {
            lines.append("Range: bytes=\(request.offset)-" + (request.end.map { "\($0 - 1)" } ?? ""))
        }
        if let ifRange = request.ifRange { lines.append("If-Range: \(ifRange)") }
        // libcurl drops this line where a redirect leads to another host, port or scheme (CURLOPT_UNRESTRICTED_AUTH).
        lines += options.credentials.filter { $0.origin == url.origin }.map(\.headerLine)
        return lines
    }

    /// Sets all options on a handle that has none.
    ///
    /// - Returns: The first status that is not `CURLE_OK`, if any.
    func configure(
        _ handle: UnsafeMutableRawPointer, _ headers: CurlHeaders, _ context: CurlContext,
        _ errorText: UnsafeMutablePointer<CChar>
    ) -> CURLcode {
        let numbers: [(CURLoption, Int)] = [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_NOPROGRESS, 1), (CURLOPT_BUFFERSIZE, Self.bufferSize),
            (CURLOPT_FOLLOWLOCATION, isHeadOnly ? 0 : 1), (CURLOPT_NOBODY, isHeadOnly ? 1 : 0),
            (CURLOPT_MAXREDIRS, Self.redirectLimit),
            (CURLOPT_CONNECTTIMEOUT, options.connectTimeout),
            (CURLOPT_LOW_SPEED_LIMIT, 1), (CURLOPT_LOW_SPEED_TIME, options.stallTimeout),
            (CURLOPT_SSL_VERIFYPEER, 1), (CURLOPT_SSL_VERIFYHOST, 2),
            (CURLOPT_HTTP_CONTENT_DECODING, 0), (CURLOPT_TCP_KEEPALIVE, 1),
        ]
        let strings: [(CURLoption, String?)] = [
            (CURLOPT_URL, url.text), (CURLOPT_USERAGENT, options.userAgent),
            (CURLOPT_CAINFO, options.certificateFile), (CURLOPT_CAPATH, options.certificateFolder),
            (CURLOPT_PROXY_CAINFO, options.certificateFile), (CURLOPT_PROXY_CAPATH, options.certificateFolder),
        ]
        var status = CURLE_OK
        func set(_ next: @autoclosure () -> CURLcode) { if status == CURLE_OK { status = next() } }
        set(unsafe zoo_curl_set_error_buffer(handle, errorText))
        for (option, value) in numbers { set(unsafe zoo_curl_set_long(handle, option, value)) }
        for case (let option, let value?) in strings { set(unsafe zoo_curl_set_string(handle, option, value)) }
        set(unsafe zoo_curl_set_protocols(handle, url.needsNetwork ? 0 : 1, url.scheme == .https ? 1 : 0))
        set(unsafe zoo_curl_set_quick_exit(handle))
        if let list = unsafe headers.list { set(unsafe zoo_curl_set_list(handle, CURLOPT_HTTPHEADER, list)) }
        let pointer = unsafe Unmanaged.passUnretained(context).toOpaque()
        set(unsafe zoo_curl_set_body_callback(handle, Self.receiveBody, pointer))
        set(unsafe zoo_curl_set_header_callback(handle, Self.receiveHeader, pointer))
        return status
    }

    /// libcurl takes any other number than the count for an order to stop.
    private static let receiveBody: zoo_curl_data_callback = { bytes, size, count, context in
        guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
        let target = unsafe Unmanaged<CurlContext>.fromOpaque(context).takeUnretainedValue()
        let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
        let goesOn = target.receiver.receive(body: unsafe RawSpan(_unsafeBytes: buffer), on: target.slot)
        return goesOn ? size * count : 0
    }

    private static let receiveHeader: zoo_curl_data_callback = { bytes, size, count, context in
        guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
        let target = unsafe Unmanaged<CurlContext>.fromOpaque(context).takeUnretainedValue()
        let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
        target.receiver.receive(headerLine: unsafe RawSpan(_unsafeBytes: buffer), on: target.slot)
        return size * count
    }
}
