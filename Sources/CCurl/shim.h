#ifndef ZOO_CCURL_SHIM_H
#define ZOO_CCURL_SHIM_H

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <string.h>

typedef size_t (*zoo_curl_data_callback)(char *bytes, size_t size, size_t count, void *context);

// curl_easy_setopt is variadic, can't be called from Swift.
static inline CURLcode zoo_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

// As above; libcurl copies the string.
static inline CURLcode zoo_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

// As above; libcurl keeps the list, which must outlive the transfer.
static inline CURLcode zoo_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

// As above; each callback goes with its context.
static inline CURLcode zoo_curl_set_body_callback(CURL *handle, zoo_curl_data_callback callback, void *context) {
    CURLcode status = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, callback);
    return status != CURLE_OK ? status : curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}

// As above.
static inline CURLcode zoo_curl_set_header_callback(CURL *handle, zoo_curl_data_callback callback, void *context) {
    CURLcode status = curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, callback);
    return status != CURLE_OK ? status : curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
}

// As above; 256 bytes at least (CURL_ERROR_SIZE), which must outlive the handle.
static inline CURLcode zoo_curl_set_error_buffer(CURL *handle, char *buffer) {
    return curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, buffer);
}

// curl_easy_setopt again; libcurl before 7.85 (Ubuntu 22.04) has these options as bits only.
static inline CURLcode zoo_curl_set_protocols(CURL *handle, int allows_files, int redirects_only_to_https) {
#if LIBCURL_VERSION_NUM >= 0x075500
    CURLcode status = curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, allows_files ? "file" : "http,https");
    if (status != CURLE_OK) return status;
    return curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, redirects_only_to_https ? "https" : "http,https");
#else
    CURLcode status = curl_easy_setopt(
        handle, CURLOPT_PROTOCOLS, allows_files ? (long)CURLPROTO_FILE : (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    if (status != CURLE_OK) return status;
    return curl_easy_setopt(
        handle, CURLOPT_REDIR_PROTOCOLS,
        redirects_only_to_https ? (long)CURLPROTO_HTTPS : (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

// curl_easy_setopt again; the option came with 7.87, and without it a name look-up under way delays cancelling.
static inline CURLcode zoo_curl_set_quick_exit(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075700
    return curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
#else
    (void)handle;
    return CURLE_OK;
#endif
}

// curl_multi_setopt is variadic too.
static inline CURLMcode zoo_curl_multi_set_long(CURLM *handle, CURLMoption option, long value) {
    return curl_multi_setopt(handle, option, value);
}

// curl_easy_getinfo is variadic.
static inline CURLcode zoo_curl_get_length(CURL *handle, curl_off_t *length) {
    return curl_easy_getinfo(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, length);
}

// curl_easy_getinfo again. NULL unless the connection of the handle has TLS, of the OpenSSL that is linked here.
static inline SSL *zoo_curl_get_tls(CURL *handle) {
    const curl_version_info_data *version = curl_version_info(CURLVERSION_NOW);
    struct curl_tlssessioninfo *session = NULL;
    if (version->ssl_version == NULL || strstr(version->ssl_version, "OpenSSL/3") == NULL) return NULL;
    if (curl_easy_getinfo(handle, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || session == NULL) return NULL;
    return session->backend == CURLSSLBACKEND_OPENSSL ? (SSL *)session->internals : NULL;
}

// SSL_get_ex_new_index is a macro.
static inline int zoo_curl_new_tls_index(void) {
    return SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

// curl_global_init's argument is a macro with a cast.
static inline CURLcode zoo_curl_global_init(void) {
    return curl_global_init(CURL_GLOBAL_DEFAULT);
}

// CURLVERSION_NOW is a macro for the newest case.
static inline const curl_version_info_data *zoo_curl_version_info(void) {
    return curl_version_info(CURLVERSION_NOW);
}

// The result of a finished transfer is in a union.
static inline CURLcode zoo_curl_message_result(const CURLMsg *message) {
    return message->data.result;
}

#endif
