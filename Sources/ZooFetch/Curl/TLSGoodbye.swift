internal import CCurl

/// Listens for the other side's goodbye on a TLS connection (`close_notify`; RFC 8446, 6.1).
///
/// A body without an announced length ends with the connection. Over TLS that end counts only with a goodbye, since
/// anybody on the way can cut a connection (RFC 9112, 9.8). libcurl 7.88 on OpenSSL 3.0 reports both as a proper end, and
/// has closed the connection by then; so OpenSSL itself is asked to tell of alerts.
@safe final class TLSGoodbye {
    /// OpenSSL keeps the address as long as the connection lives.
    private let wasSaid: UnsafeMutablePointer<Bool>
    private var isAwaited = false

    /// Under which OpenSSL keeps that address; negative if it cannot.
    private static let index = zoo_curl_new_tls_index()

    init() {
        unsafe wasSaid = UnsafeMutablePointer<Bool>.allocate(capacity: 1)
        unsafe wasSaid.initialize(to: false)
    }

    deinit {
        unsafe wasSaid.deallocate()
    }

    /// Whether one was awaited and did not come.
    var isMissing: Bool { unsafe isAwaited && !wasSaid.pointee }

    /// Stops to await one.
    func forget() {
        isAwaited = false
        unsafe wasSaid.pointee = false
    }

    /// Begins to listen on the connection of `handle`, of which a transfer is under way; without TLS there is nothing to
    /// await. The connection must end before this object does.
    func listen(on handle: UnsafeMutableRawPointer) {
        guard Self.index >= 0, let tls = unsafe zoo_curl_get_tls(handle),
            unsafe SSL_set_ex_data(tls, Self.index, wasSaid) == 1
        else { return }
        isAwaited = true
        unsafe SSL_set_info_callback(tls) { tls, event, alert in
            guard event & SSL_CB_READ_ALERT == SSL_CB_READ_ALERT, alert & 0xff == SSL3_AD_CLOSE_NOTIFY else { return }
            let wasSaid = unsafe SSL_get_ex_data(tls, TLSGoodbye.index)
            unsafe wasSaid?.assumingMemoryBound(to: Bool.self).pointee = true
        }
    }
}
