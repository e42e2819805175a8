internal import CCurl

/// How a request ended.
struct CurlResult {
    let code: CURLcode
    /// libcurl's own words.
    let text: String
    /// Whether the connection ended the body, and over TLS without a goodbye: somebody may have cut it.
    var isUnconfirmed = false

    init(code: CURLcode, text: String) {
        self.code = code
        self.text = text
    }

    /// The receiver broke it off.
    static let stopped = CurlResult(code: CURLE_ABORTED_BY_CALLBACK, text: "stopped")

    var isFinished: Bool { code == CURLE_OK }

    /// Whether the same request may well succeed when sent again at once.
    var isTransient: Bool {
        switch code {
        case CURLE_COULDNT_CONNECT, CURLE_PARTIAL_FILE, CURLE_OPERATION_TIMEDOUT, CURLE_SSL_CONNECT_ERROR,
            CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            true
        default: false
        }
    }

    /// What happened, for a person, with what to do where there is something.
    var sentence: String {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: "the host is unknown here (\(text)); check the URL and the network"
        case CURLE_COULDNT_RESOLVE_PROXY: "the proxy is unknown here (\(text)); check http_proxy and https_proxy"
        case CURLE_COULDNT_CONNECT: "no connection to the server (\(text)); check the network and try again"
        case CURLE_OPERATION_TIMEDOUT: "the server does not answer or stalled (\(text)); try again"
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR:
            "the connection broke (\(text)); try again"
        case CURLE_TOO_MANY_REDIRECTS: "the server redirects without end"
        case CURLE_UNSUPPORTED_PROTOCOL: "the server answers or redirects in a way that zoo does not follow (\(text))"
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
            "the server's certificate cannot be trusted (\(text)); CURL_CA_BUNDLE names the file with trusted authorities"
        case CURLE_FILE_COULDNT_READ_FILE: "there is no such file, or it cannot be read"
        default: "\(text) (libcurl error \(code.rawValue))"
        }
    }
}
